import { expect, test } from 'vitest';
import { compileMesh } from './index.ts';

const policy = (spec: object) => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: { namespace: 'shop', name: 'broken' },
  spec,
});

test('a stored policy that can not be read denies in its whole namespace', () => {
  const { policies, diagnostics } = compileMesh([policy({ action: 'DENY', rules: 'x' })], { dev: false });
  const [broken] = policies[0]?.policies ?? [];
  expect(broken).toMatchObject({ name: 'broken', action: 'DENY', rules: [] });
  expect(broken?.invalid).toMatch(/spec\.rules/);
  expect(diagnostics.map((d) => `${d.severity} ${d.code}`)).toEqual(['warning unreadable-policy']);
});

test('an unreadable policy without a readable action is an ALLOW that allows nothing', () => {
  const { policies } = compileMesh([policy({ action: 'MAYBE', rules: [{}] })], { dev: false });
  expect(policies[0]?.policies[0]).toMatchObject({ action: 'ALLOW', rules: [] });
});

test('another unreadable document is a reason to change nothing', () => {
  const metadata = { namespace: 'shop', name: 'web' };
  const service = { apiVersion: 'gossamer.mesh/v1', kind: 'Service', metadata, spec: { prots: [] } };
  const { diagnostics, conditions } = compileMesh([service], { dev: false });
  expect(diagnostics[0]).toMatchObject({ severity: 'error', code: 'unreadable-document', path: 'spec.prots' });
  expect(conditions.get('gossamer.mesh/Service/shop/web')?.[0]).toMatchObject({ status: 'False', reason: 'Invalid' });
});
