import { expect, test } from 'vitest';
import { defaultIdentity, identityProblem } from './identity.ts';

const mesh = { trustDomain: 'mesh.local' };

test('the default identity is right', () => {
  expect(identityProblem(defaultIdentity(mesh, 'shop', 'cart'), mesh, 'shop')).toBeUndefined();
});

test('an identity outside of all namespaces may be given', () => {
  expect(identityProblem('spiffe://mesh.local/jobs/cron', mesh, 'shop')).toBeUndefined();
});

test.each([
  ...['spiffe://other.example/ns/shop/sa/cart', 'mesh.local/ns/shop/sa/cart', 'spiffe://mesh.local/ns/shop/sa/'],
  ...['spiffe://mesh.local/ns/bank/sa/vault', 'spiffe://mesh.local/ns/bank/x', 'spiffe://mesh.local/%6es/bank', ''],
])('%s is refused in namespace shop', (id) => {
  expect(identityProblem(id, mesh, 'shop')).toBeTypeOf('string');
});
