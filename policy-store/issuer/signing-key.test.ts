import { calculateJwkThumbprint, type JWK } from 'jose';
import { expect, test } from 'vitest';
import { unwrapPrivateKey, wrapPrivateKey } from './private-key.ts';
import { generateSigningKey, type KeyClass, trustBundleOf } from './signing-key.ts';

const clock = { now: () => 1_800_000_000_000 };
const newKek = () => crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);

test('a key is named by its thumbprint, and its public half holds nothing private', async () => {
  const { kid, publicJwk, privateJwk, createdAt } = await generateSigningKey('wit', clock.now());
  expect(kid).toBe(await calculateJwkThumbprint(publicJwk as JWK));
  expect(publicJwk.d).toBeUndefined();
  expect(privateJwk.d).toBeTypeOf('string');
  expect(createdAt).toBe(clock.now());
});

test('the bundle publishes the token classes, without private parts, in a stable order', async () => {
  const classes: KeyClass[] = ['wit', 'jwt', 'hop', 'manifest', 'wit'];
  const keys = await Promise.all(classes.map((cls) => generateSigningKey(cls, clock.now())));
  const [wit, jwt, hop, , gone] = keys;
  const rows = keys.map((key) => ({ ...key, removedAt: key === gone ? 1 : null }));
  const bundle = trustBundleOf(rows, 'mesh.local', 3);
  expect(bundle).toEqual(trustBundleOf([...rows].reverse(), 'mesh.local', 3));
  expect(bundle).toMatchObject({ trustDomain: 'mesh.local', spiffe_sequence: 3, spiffe_refresh_hint: 300 });
  expect(bundle.keys.map(({ kid, use }) => [use, kid]).sort()).toEqual([
    ['jwt-svid', jwt?.kid],
    ['mesh-hop', hop?.kid],
    ['wit-svid', wit?.kid],
  ]);
  expect(JSON.stringify(bundle)).not.toContain('"d"');
});

test('a wrapped key opens with its own key encryption key only', async () => {
  const [kek, other] = [await newKek(), await newKek()];
  const { privateJwk } = await generateSigningKey('wit', clock.now());
  const wrapped = await wrapPrivateKey(privateJwk, kek);
  expect(wrapped).not.toContain(privateJwk.d);
  expect(await unwrapPrivateKey(wrapped, kek)).toEqual(privateJwk);
  await expect(unwrapPrivateKey(wrapped, other)).rejects.toThrow('key encryption key');
  await expect(unwrapPrivateKey(wrapped.slice(0, -4), kek)).rejects.toThrow('decrypted');
  await expect(unwrapPrivateKey('plain', kek)).rejects.toThrow('unknown form');
});

test('the same key wrapped twice is two texts', async () => {
  const kek = await newKek();
  const jwk = { kty: 'EC' };
  expect(await wrapPrivateKey(jwk, kek)).not.toBe(await wrapPrivateKey(jwk, kek));
});
