import { expect, test } from 'vitest';
import { bundleKey, bundleOf, forgePair } from './token-forge.fake.ts';
import { TrustKeys } from './trust-keys.ts';

const pair = await forgePair();

test('a key is found by trust domain, class and kid together', async () => {
  const keys = await TrustKeys.load(bundleOf(bundleKey(pair, 'k', 'wit-svid')));
  expect(keys.find('mesh.local', 'wit-svid', 'k')).toBeDefined();
  expect(keys.find('other.domain', 'wit-svid', 'k')).toBeUndefined();
  expect(keys.find('mesh.local', 'mesh-hop', 'k')).toBeUndefined();
  expect(keys.find('mesh.local', 'wit-svid', '__proto__')).toBeUndefined();
});

test('one kid in two classes is two keys', async () => {
  const bundle = bundleOf(bundleKey(pair, 'k', 'wit-svid'), bundleKey(await forgePair(), 'k', 'mesh-hop'));
  const keys = await TrustKeys.load(bundle);
  expect(keys.find('mesh.local', 'wit-svid', 'k')).not.toBe(keys.find('mesh.local', 'mesh-hop', 'k'));
});

test('keys of unknown class or type are ignored', async () => {
  const key = bundleKey(pair, 'k', 'wit-svid');
  const keys = await TrustKeys.load(
    bundleOf({ ...key, use: 'other' as 'wit-svid' }, { ...key, kty: 'RSA' }, { ...key, alg: 'ES384' }),
  );
  expect(keys.find('mesh.local', 'wit-svid', 'k')).toBeUndefined();
});

test('a key off the curve makes the bundle be refused', async () => {
  const key = { ...bundleKey(pair, 'k', 'wit-svid'), y: pair.jwk.x };
  await expect(TrustKeys.load(bundleOf(key))).rejects.toThrow('no point on P-256');
});
