import { expect, test } from 'vitest';
import { normalPrincipals, normalTrustDomains } from './principals.ts';

test.each([
  ['spiffe://mesh.local/ns/shop/sa/cart', ['mesh.local/ns/shop/sa/cart']],
  ['cluster.local/ns/shop/sa/cart', ['mesh.local/ns/shop/sa/cart']],
  ['spiffe://cluster.local/*', ['mesh.local/*']],
  ['cluster.local*', ['cluster.local*', 'mesh.local/*']],
  ['c*', ['c*', 'mesh.local/*']],
  ['*cluster.local/ns/a/sa/b', ['*cluster.local/ns/a/sa/b', 'mesh.local/ns/a/sa/b']],
  ['*/sa/cart', ['*/sa/cart']],
  ['*', ['*']],
  ['other.example/ns/a/sa/b', ['other.example/ns/a/sa/b']],
])('%s', (written, compared) => {
  expect(normalPrincipals([written], 'mesh.local')).toEqual(compared);
});

test('a mesh that is really called cluster.local keeps its name', () => {
  expect(normalPrincipals(['cluster.local/ns/a/sa/b'], 'cluster.local')).toEqual(['cluster.local/ns/a/sa/b']);
});

test.each([
  ['cluster.local', ['mesh.local']],
  ['cluster.*', ['cluster.*', 'mesh.local']],
  ['*.local', ['*.local', 'mesh.local']],
  ['*', ['*']],
  ['other.example', ['other.example']],
  ['cluster.localx', ['cluster.localx']],
])('the trust domain %s', (written, compared) => {
  expect(normalTrustDomains([written], 'mesh.local')).toEqual(compared);
  expect(normalTrustDomains(['cluster.local'], 'cluster.local')).toEqual(['cluster.local']);
});
