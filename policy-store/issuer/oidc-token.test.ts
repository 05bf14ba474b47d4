import { CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose';
import { expect, test } from 'vitest';
import { encodeBase64Url } from '../../snapshot/strict-jws.ts';
import { TokenRefused, unverifiedIssuer, verifyOidcToken } from './oidc-token.ts';

const now = 1_800_000_000_000;
const seconds = now / 1000;
const issuer = 'https://issuer.example';
const claims = { iss: issuer, sub: 'repo:shop/cart', aud: 'mesh', exp: seconds + 300, iat: seconds };
const text = (value: string): string => encodeBase64Url(new TextEncoder().encode(value));

interface Pair {
  readonly jwk: JsonWebKey;
  readonly privateKey: CryptoKey;
}

async function pairOf(alg: string, kid = alg): Promise<Pair> {
  const pair = await generateKeyPair(alg, { extractable: true });
  return { jwk: { ...(await exportJWK(pair.publicKey)), kid } as JsonWebKey, privateKey: pair.privateKey };
}

const rs = await pairOf('RS256');
const es = await pairOf('ES256');

const sign = (header: object, payload: object | string, key: CryptoKey | Uint8Array = rs.privateKey): Promise<string> =>
  new CompactSign(new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'RS256', kid: 'RS256', ...header } as { alg: string })
    .sign(key as CryptoKey);

const verify = (token: string, by: object = {}): Promise<unknown> =>
  verifyOidcToken(token, { issuer, audiences: ['mesh'], keys: [rs.jwk, es.jwk], now, ...by });

test.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'])(
  'believes %s by a key of the issuer, and gives the claims',
  async (alg) => {
    const pair = await pairOf(alg);
    const token = await sign({ alg, kid: alg, typ: 'JWT', x5t: 'ignored' }, claims, pair.privateKey);
    expect(await verify(token, { keys: [pair.jwk] })).toEqual(claims);
  },
);

test('one of several audiences is enough, and no typ is an ID token too', async () => {
  expect(await verify(await sign({}, { ...claims, aud: ['other', 'mesh'] }))).toMatchObject({ sub: claims.sub });
});

test.each<[string, object, object?]>([
  ['15 another audience', { aud: 'meshes' }],
  ['no audience', { aud: undefined }],
  ['15 an audience that is no text', { aud: ['mesh', 1] }],
  ['16 another issuer', { iss: `${issuer}/` }],
  ['expired', { exp: seconds - 30 }],
  ['12 no exp', { exp: undefined }],
  ['12 exp of year 9999', { exp: 253_402_300_799 }],
  ['12 exp a text', { exp: String(seconds + 300) }],
  ['13 iat in the future', { iat: seconds + 31 }],
  ['13 nbf in the future', { nbf: seconds + 31 }],
  ['6 jwk in the header', {}, { jwk: rs.jwk }],
  ['6 jku in the header', {}, { jku: 'https://evil.example' }],
  ['6 x5u in the header', {}, { x5u: 'https://evil.example' }],
  ['4 kid missing', {}, { kid: undefined }],
  ['5 kid unknown', {}, { kid: '../../etc/passwd' }],
  ['17 typ of another class', {}, { typ: 'wit+jwt' }],
  ['17 typ of an access token', {}, { typ: 'at+jwt' }],
])('refuses %s', async (_name, change, header) => {
  await expect(verify(await sign({ ...header }, { ...claims, ...change }))).rejects.toThrow(TokenRefused);
});

test('without audiences nothing is accepted', async () => {
  await expect(verify(await sign({}, claims), { audiences: [] })).rejects.toThrow('audience');
});

test.each<[string, () => string | Promise<string>]>([
  ['1 alg none', () => `${text('{"alg":"none","kid":"RS256"}')}.${text(JSON.stringify(claims))}.`],
  ['1 an empty signature', async () => (await sign({}, claims)).replace(/[^.]*$/, '')],
  ['2 HS256 keyed with the public key', () => sign({ alg: 'HS256' }, claims, new TextEncoder().encode(rs.jwk.n))],
  ['3 a key of another type', () => sign({ alg: 'ES256' }, claims, es.privateKey)],
  ['8 a member twice', () => sign({}, `${JSON.stringify(claims).slice(0, -1)},"sub":"root"}`)],
  ['9 __proto__', () => sign({}, `${JSON.stringify(claims).slice(0, -1)},"__proto__":{}}`)],
  ['12 exp written as 1e10', () => sign({}, JSON.stringify(claims).replace(String(claims.exp), '1.8e9'))],
  ['10 padding', async () => `${await sign({}, claims)}=`],
  ['10 white space', async () => ` ${await sign({}, claims)}`],
  ['11 too long', () => `${'a'.repeat(16_385)}`],
  ['26 a byte order mark', () => sign({}, `\uFEFF${JSON.stringify(claims)}`)],
  ['23 five parts', async () => `${await sign({}, claims)}.a.b`],
  ['another payload', async () => (await sign({}, claims)).replace(/\.[^.]*\./, `.${text(JSON.stringify(claims))}A.`)],
])('refuses %s', async (_name, make) => {
  await expect(verify(await make())).rejects.toThrow(TokenRefused);
});

test.each<[string, JsonWebKey[]]>([
  ['no key at all', []],
  ['22 two keys with one kid', [rs.jwk, { ...es.jwk, kid: 'RS256' } as JsonWebKey]],
  ['a key for encryption', [{ ...rs.jwk, use: 'enc' }]],
  ['a key of another alg', [{ ...rs.jwk, alg: 'PS256' }]],
  ['a key whose private part is published', [{ ...rs.jwk, d: 'AQAB' }]],
  ['21 exponent 1', [{ ...rs.jwk, e: 'AQ' }]],
  ['21 a short modulus', [{ ...rs.jwk, n: (rs.jwk.n ?? '').slice(0, 172) }]],
  ['a secret', [{ kty: 'oct', k: 'c2VjcmV0', kid: 'RS256' } as JsonWebKey]],
])('refuses with %s', async (_name, keys) => {
  await expect(verify(await sign({}, claims), { keys })).rejects.toThrow(TokenRefused);
});

test('tells whose keys a token takes, before it is believed', async () => {
  expect(unverifiedIssuer(await sign({}, { iss: 'https://other.example' }))).toBe('https://other.example');
  expect(() => unverifiedIssuer('hello')).toThrow(TokenRefused);
});

test('what is wrong is said without quoting the token', async () => {
  const quoted = await verify(await sign({}, { ...claims, iss: 'https://quoted.example' })).catch(String);
  expect(quoted).not.toContain('quoted');
  expect((rs.jwk as JWK).d).toBeUndefined();
});
