import { expect, test } from 'vitest';
import { publicKey } from './public-key.ts';

// RFC 7515 appendix A.3.
const key = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};

test('a public ES256 key is taken', () => {
  expect(
    publicKey.safeParse({ ...key, kid: 'a', use: 'sig', alg: 'ES256', ext: true, key_ops: ['verify'] }).success,
  ).toBe(true);
});

test('a key that WebCrypto made is taken', async () => {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  expect(publicKey.safeParse(await crypto.subtle.exportKey('jwk', pair.publicKey)).success).toBe(true);
});

test.each([
  { y: `${key.y.slice(0, -1)}4` },
  { y: `${key.y.slice(0, -1)}1` },
  { x: key.y, y: key.x },
  { x: 'A'.repeat(43), y: 'A'.repeat(43) },
  { x: `${'_'.repeat(42)}8` },
  { x: `${key.x}=` },
  { kty: 'RSA' },
  { crv: 'P-384' },
  { alg: 'ES384' },
  { use: 'enc' },
  { key_ops: ['sign'] },
])('%j is refused', (change) => {
  expect(publicKey.safeParse({ ...key, ...change }).success).toBe(false);
});

test('a private part is refused and not repeated', () => {
  const { error } = publicKey.safeParse({ ...key, d: 'secret-value' });
  expect(error?.issues[0]?.message).toMatch(/never give it away/);
  expect(JSON.stringify(error?.issues)).not.toContain('secret-value');
});
