import { Crypto as PeculiarCrypto } from '@peculiar/webcrypto';
import { CompactSign, compactVerify, importJWK, type JWK } from 'jose';
import { describe, expect, test } from 'vitest';

/** Every way we have of making and checking an ES256 signature must agree with every other. */
interface Implementation {
  readonly name: string;
  sign(jws: string, privateJwk: JsonWebKey): Promise<string>;
  verify(jws: string, publicJwk: JsonWebKey): Promise<boolean>;
}

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };
const encoder = new TextEncoder();
const encode = (bytes: ArrayBuffer | Uint8Array): string => Buffer.from(bytes as Uint8Array).toString('base64url');

const overSubtle = (name: string, subtle: SubtleCrypto): Implementation => ({
  name,
  async sign(signed, privateJwk) {
    const key = await subtle.importKey('jwk', privateJwk, ECDSA, false, ['sign']);
    return `${signed}.${encode(await subtle.sign(SIGNING, key, encoder.encode(signed)))}`;
  },
  async verify(jws, publicJwk) {
    const at = jws.lastIndexOf('.');
    const key = await subtle.importKey('jwk', publicJwk, ECDSA, false, ['verify']);
    const signature = Buffer.from(jws.slice(at + 1), 'base64url');
    return subtle.verify(SIGNING, key, signature, encoder.encode(jws.slice(0, at)));
  },
});

const jose: Implementation = {
  name: 'jose',
  async sign(signed, privateJwk) {
    const [header = '', payload = ''] = signed.split('.').map((part) => Buffer.from(part, 'base64url').toString());
    const key = await importJWK(privateJwk as JWK, 'ES256');
    return new CompactSign(encoder.encode(payload)).setProtectedHeader(JSON.parse(header)).sign(key);
  },
  async verify(jws, publicJwk) {
    const key = await importJWK(publicJwk as JWK, 'ES256');
    return compactVerify(jws, key, { algorithms: ['ES256'] }).then(
      () => true,
      () => false,
    );
  },
};

const peculiar = new PeculiarCrypto();
const implementations = [
  jose,
  overSubtle('native WebCrypto', crypto.subtle),
  overSubtle('@peculiar/webcrypto', peculiar.subtle as unknown as SubtleCrypto),
];
const generators: [string, SubtleCrypto][] = [
  ['native WebCrypto', crypto.subtle],
  ['@peculiar/webcrypto', peculiar.subtle as unknown as SubtleCrypto],
];

const THEN = 1_800_000_000;
const cart = 'spiffe://mesh.local/ns/shop/sa/cart';
const digest = 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg';
const jwk = { kty: 'EC', crv: 'P-256', x: digest, y: digest };
const proof = { aud: 'http://orders.shop.mesh', exp: THEN + 30, jti: 'j', wth: digest };
const call = {
  iss: 'router-1',
  sub: cart,
  aud: cart,
  iat: THEN,
  exp: THEN + 30,
  jti: 'j',
  via: [cart],
  pol: 'p',
  gen: 7,
};

/** Each token class with the header and the claims that it really has. */
const TOKENS: Record<string, readonly [header: object, claims: object]> = {
  WIT: [
    { typ: 'wit+jwt', alg: 'ES256', kid: 'k' },
    {
      iss: 'spiffe://mesh.local',
      sub: cart,
      exp: THEN,
      cnf: { jwk: { ...jwk, alg: 'ES256' } },
      'gossamer.mesh/uid': 'u',
    },
  ],
  WPT: [{ typ: 'wpt+jwt', alg: 'ES256' }, proof],
  'strict WPT': [
    { typ: 'wpt+jwt', alg: 'ES256' },
    { ...proof, htm: 'POST', 'gossamer.mesh/q': digest, 'gossamer.mesh/bd': digest },
  ],
  'JWT-SVID': [
    { typ: 'JWT', alg: 'ES256', kid: 'k' },
    { iss: 'spiffe://mesh.local', sub: cart, aud: 'http://orders.shop.mesh', iat: THEN, exp: THEN + 120, jti: 'j' },
  ],
  'Mesh-Call': [{ typ: 'mesh-call+jwt', alg: 'ES256', kid: 'k' }, call],
  'Mesh-Call for one request': [
    { typ: 'mesh-call+jwt', alg: 'ES256', kid: 'k' },
    { ...call, htm: 'POST', pth: '/é?x=%20', bd: digest },
  ],
  'client assertion': [
    { typ: 'client-authentication+jwt', alg: 'ES256' },
    { iss: cart, sub: cart, aud: 'https://admin.example', iat: THEN, exp: THEN + 60, jti: 'j' },
  ],
  'DPoP proof': [
    { typ: 'dpop+jwt', alg: 'ES256', jwk },
    { htm: 'POST', htu: 'https://admin.example/v1/token', iat: THEN, jti: 'j' },
  ],
  manifest: [
    { typ: 'gossamer-manifest+jwt', alg: 'ES256', kid: 'k' },
    { format: 1, revision: 4, generation: 9 },
  ],
  'manifest-key endorsement': [
    { typ: 'gossamer-manifest-key+jwt', alg: 'ES256', kid: 'k' },
    { kid: 'l', jwk, iat: THEN },
  ],
};

const pairs = implementations.flatMap((signer) => implementations.map((verifier) => ({ signer, verifier })));

describe.each(generators)('keys of %s', async (_name, subtle) => {
  const pair = (await subtle.generateKey(ECDSA, true, ['sign', 'verify'])) as CryptoKeyPair;
  const privateJwk = await subtle.exportKey('jwk', pair.privateKey);
  const { d, key_ops, ...publicJwk } = privateJwk;

  describe.each(Object.entries(TOKENS))('%s', (_token, parts) => {
    const signed = parts.map((part) => encode(encoder.encode(JSON.stringify(part)))).join('.');

    test.each(pairs)('$signer.name signs, $verifier.name verifies', async ({ signer, verifier }) => {
      const jws = await signer.sign(signed, privateJwk);
      expect(await verifier.verify(jws, publicJwk)).toBe(true);
      expect(await verifier.verify(jws.replace(signed, `${signed}A`), publicJwk)).toBe(false);
    });
  });
});
