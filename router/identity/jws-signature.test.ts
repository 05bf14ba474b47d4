import { CompactSign, compactVerify, generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import { isSignedWith, jwsPart, signedEs256 } from './jws-signature.ts';

const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA'];
const signed = (alg: string, key: CryptoKey): Promise<string> =>
  new CompactSign(new TextEncoder().encode('{}')).setProtectedHeader({ alg }).sign(key);

test.each(ALGORITHMS)('%s as another library signs it holds, and nothing that was changed does', async (alg) => {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  const text = await signed(alg, privateKey);
  expect(await isSignedWith(text, publicKey, alg)).toBe(true);
  const [header, , signature] = text.split('.');
  expect(await isSignedWith(`${header}.${jwsPart({ a: 1 })}.${signature}`, publicKey, alg)).toBe(false);
  expect(await isSignedWith(`${text.slice(0, -8)}AAAAAAAA`, publicKey, alg)).toBe(false);
  expect(await isSignedWith(`${text}=`, publicKey, alg)).toBe(false);
});

test('a signature of one scheme is none of another', async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const text = await signed('RS256', privateKey);
  for (const alg of ['PS256', 'ES256', 'EdDSA', 'HS256', 'none'])
    expect(await isSignedWith(text, publicKey, alg)).toBe(false);
});

test('a weak RSA key is not believed, whatever it signs', async () => {
  const weak = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 1024,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  const { privateKey, publicKey } = (await crypto.subtle.generateKey(weak, true, ['sign', 'verify'])) as CryptoKeyPair;
  const text = `${jwsPart({ alg: 'RS256' })}.${jwsPart({})}`;
  const bytes = await crypto.subtle.sign(weak.name, privateKey, new TextEncoder().encode(text));
  const jws = `${text}.${Buffer.from(bytes).toString('base64url')}`;
  expect(await isSignedWith(jws, publicKey, 'RS256')).toBe(false);
});

test('what is signed here another library verifies', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jws = await signedEs256(jwsPart({ typ: 't', alg: 'ES256' }), { a: 'é' }, privateKey);
  const { payload, protectedHeader } = await compactVerify(jws, publicKey);
  expect([protectedHeader.typ, JSON.parse(new TextDecoder().decode(payload))]).toEqual(['t', { a: 'é' }]);
});
