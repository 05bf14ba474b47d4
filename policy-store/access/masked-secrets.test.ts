import { expect, test } from 'vitest';
import { masked } from './masked-secrets.ts';

test('a masked Secret shows names and nothing of its values, not even what kubectl wrote beside them', () => {
  const metadata = {
    name: 'tls',
    namespace: 'shop',
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"tls.key":"hunter2"}}', a: 'b' },
  };
  const spec = { type: 'kubernetes.io/tls', data: { 'tls.key': 'hunter2' }, stringData: { 'tls.crt': 'hunter2' } };
  const shown = masked({ apiVersion: 'v1', kind: 'Secret', metadata, spec });
  expect(shown.spec).toEqual({ type: spec.type, data: { 'tls.key': '***' }, stringData: { 'tls.crt': '***' } });
  expect(shown.metadata.annotations).toEqual({ a: 'b' });
  expect(JSON.stringify(shown)).not.toContain('hunter2');
});
