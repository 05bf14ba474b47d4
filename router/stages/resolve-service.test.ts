import { expect, test } from 'vitest';
import { policyAt, serviceAt, snapshotOf } from '../routing/mesh.fake.ts';
import { resolveService } from './resolve-service.ts';

const services = [
  serviceAt('shop/orders', { ports: [{ port: 80 }, { port: 8080 }] }),
  serviceAt('default/plain', { ports: [] }),
];
const at = (host: string, port = 80, more: Parameters<typeof snapshotOf>[0] = {}) =>
  resolveService({ host, port, snapshot: snapshotOf({ services, ...more }) });

test.each([
  ['orders.shop.mesh', 80, 'shop/orders'],
  ['orders.shop.mesh', 8080, 'shop/orders'],
  ['plain.mesh', 80, 'default/plain'],
])('%s:%i is %s', (host, port, key) => {
  expect(at(host, port)).toMatchObject({ service: { key } });
});

test.each([
  ['orders.shop.mesh', 81, 'port 81'],
  ['plain.mesh', 81, 'port 81'],
  ['gone.shop.mesh', 80, 'no service shop/gone'],
  ['a.b.c.mesh', 80, '<service>.<namespace>.mesh'],
  ['mesh', 80, '<service>.<namespace>.mesh'],
  ['127.0.0.1', 80, 'Mesh-Authority'],
  ['orders.shop.mesh.evil', 80, 'Mesh-Authority'],
])('%s:%i is not found, and the answer says why', (host, port, words) => {
  expect(at(host, port)).toMatchObject({
    status: 404,
    reason: 'service_not_found',
    detail: expect.stringContaining(words),
  });
});

test('the wider policies come along: mesh-wide, then namespace-wide, also from a cold snapshot', async () => {
  const policies = [policyAt('mesh-system/wide', 'DENY'), policyAt('shop/near', 'ALLOW')];
  const addressed = await at('orders.shop.mesh', 80, { policies, cold: true });
  expect(addressed).toMatchObject({
    widerPolicies: [{ deny: [{ name: 'mesh-system/wide' }] }, { allow: [{ name: 'shop/near' }] }],
  });
});

test('in the root namespace mesh-wide policies count once', () => {
  const policies = [policyAt('mesh-system/wide', 'DENY')];
  const addressed = at('x.mesh-system.mesh', 80, { policies, services: [serviceAt('mesh-system/x')] });
  expect(addressed).toMatchObject({ widerPolicies: [{ deny: [{ name: 'mesh-system/wide' }] }, undefined] });
});
