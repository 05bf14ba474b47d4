import { expect, test } from 'vitest';
import type { Resource } from '../../resources/resource.ts';
import { compileMesh } from '../index.ts';

const GROUP = 'gateway.networking.k8s.io';
const route = (kind: string): Resource => ({
  apiVersion: `${GROUP}/v1`,
  kind,
  metadata: { namespace: 'shop', name: 'greeter' },
  spec: {
    parentRefs: [{ group: '', kind: 'Service', name: 'greeter' }],
    rules: [{ backendRefs: [{ name: 'greeter', port: 80 }] }],
  },
});
const greeter: Resource = {
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Service',
  metadata: { namespace: 'shop', name: 'greeter' },
  spec: { endpoints: [{ url: 'http://127.0.0.1:9000' }] },
};
const programmed = (kind: string) =>
  compileMesh([greeter, route(kind)], { dev: true })
    .statuses.get(`${GROUP}/${kind}/shop/greeter`)
    ?.conditions?.find(({ type }) => type === 'Programmed');

test('a GRPCRoute says on which runtimes it holds', () => {
  const said = programmed('GRPCRoute');
  expect(said).toMatchObject({ status: 'True', reason: 'NodeOnly' });
  expect(said?.message).toContain('on Node');
});

test('an HTTPRoute holds on all', () => {
  expect(programmed('HTTPRoute')).toMatchObject({ status: 'True', reason: 'Programmed' });
});
