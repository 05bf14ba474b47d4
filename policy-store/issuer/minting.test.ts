import { decodeJwt, decodeProtectedHeader } from 'jose';
import { expect, test } from 'vitest';
import { mintWit } from './minting.ts';
import { generateSigningKey } from './signing-key.ts';

const now = 1_800_000_000_500;
const key = await generateSigningKey('wit', now);
const { publicJwk: jwk } = await generateSigningKey('wit', now);
const request = { spiffeId: 'spiffe://mesh.local/ns/shop/sa/cart', uid: 'uid-1', jwk, now };

test('mints a token bound to the key, for 30 minutes', async () => {
  const { wit, expiresAt } = await mintWit(key, request);
  expect(decodeProtectedHeader(wit)).toEqual({ typ: 'wit+jwt', alg: 'ES256', kid: key.kid });
  expect(decodeJwt(wit)).toEqual({
    iss: 'spiffe://mesh.local',
    sub: 'spiffe://mesh.local/ns/shop/sa/cart',
    iat: 1_800_000_000,
    exp: 1_800_001_800,
    jti: expect.stringMatching(/^[\w-]{22}$/),
    cnf: { jwk: { kty: 'EC', crv: 'P-256', x: jwk.x, y: jwk.y, alg: 'ES256' } },
    'gossamer.mesh/uid': 'uid-1',
  });
  expect(expiresAt).toBe(1_800_001_800_000);
});

test.each([
  ['a key of another class', { key: await generateSigningKey('hop', now) }, 'class hop'],
  ['a subject that is no SPIFFE ID', { spiffeId: 'cart' }, 'SPIFFE ID'],
  ['a private key to be bound', { jwk: key.privateJwk }, 'leaked'],
  ['a life of over 4 h', { ttlSeconds: 4 * 3600 + 1 }, '4 h'],
  ['no life', { ttlSeconds: 0 }, '4 h'],
])('refuses %s', async (_name, { key: other, ...change }: Record<string, unknown>, why) => {
  await expect(mintWit((other as typeof key) ?? key, { ...request, ...change })).rejects.toThrow(why);
});
