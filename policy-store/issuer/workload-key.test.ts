import { exportJWK, generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import { checkWorkloadKey } from './workload-key.ts';

const pair = await generateKeyPair('ES256', { extractable: true });
const good = await exportJWK(pair.publicKey);
const rsa = await exportJWK((await generateKeyPair('RS256')).publicKey);

test('a public ES256 key is good, with or without its name', () => {
  expect(checkWorkloadKey(good)).toBeUndefined();
  expect(checkWorkloadKey({ ...good, alg: 'ES256', use: 'sig', kid: 'k' })).toBeUndefined();
});

test('keys that were generated are points on the curve', async () => {
  for (let i = 0; i < 50; i++) {
    expect(checkWorkloadKey(await exportJWK((await generateKeyPair('ES256')).publicKey))).toBeUndefined();
  }
});

test.each([
  ['a private key', await exportJWK(pair.privateKey), 'leaked'],
  ['RSA', rsa, 'does not belong'],
  ['RSA with exponent 1', { kty: 'RSA', n: 'AQAB', e: 'AQ' }, 'does not belong'],
  ['a symmetric key', { kty: 'oct', k: 'AAAA' }, 'does not belong'],
  ['Ed25519', { kty: 'OKP', crv: 'Ed25519', x: good.x }, 'not an ES256 key'],
  ['P-384', { ...good, crv: 'P-384' }, 'not an ES256 key'],
  ['alg of another curve', { ...good, alg: 'ES384' }, 'alg'],
  ['an encryption key', { ...good, use: 'enc' }, 'use'],
  ['a point off the curve', { ...good, y: good.x }, 'not a point'],
  ['the point at zero', { ...good, x: 'A'.repeat(43), y: 'A'.repeat(43) }, 'not a point'],
  ['a coordinate past the prime', { ...good, x: `${'_'.repeat(42)}8` }, '32 bytes'],
  ['a short coordinate', { ...good, x: 'AAAA' }, '32 bytes'],
  ['padding', { ...good, x: `${good.x}=` }, '32 bytes'],
  ['a certificate', { ...good, x5c: [] }, 'does not belong'],
  ['no object', 'key', 'JWK object'],
  ['null', null, 'JWK object'],
])('refuses %s', (_name, jwk, why) => {
  expect(checkWorkloadKey(jwk)).toContain(why);
});
