import type { IssuerKey } from '../../snapshot/key-set.ts';
import { encodeBase64Url } from '../../snapshot/strict-jws.ts';
import type { UserRule } from '../../snapshot/user-rule.ts';
import { IssuerKeyring } from './issuer-keyring.ts';

export const ISSUER = 'https://login.example';
const encoder = new TextEncoder();

const GENERATE: Readonly<Record<string, RsaHashedKeyGenParams | EcKeyGenParams | { name: 'Ed25519' }>> = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  PS384: { name: 'RSA-PSS', hash: 'SHA-384', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  ES512: { name: 'ECDSA', namedCurve: 'P-521' },
  EdDSA: { name: 'Ed25519' },
};

/** An issuer of end-user tokens with one key, which signs whatever it is told. */
export class FakeLogin {
  readonly alg: string;
  readonly key: IssuerKey;
  readonly keyring: IssuerKeyring;
  readonly #signing: CryptoKey;

  private constructor(alg: string, key: IssuerKey, signing: CryptoKey) {
    this.alg = alg;
    this.key = key;
    this.keyring = new IssuerKeyring({ keys: [key] });
    this.#signing = signing;
  }

  static async create(alg = 'ES256', kid = 'k1'): Promise<FakeLogin> {
    const pair = (await crypto.subtle.generateKey(GENERATE[alg] as EcKeyGenParams, true, [
      'sign',
      'verify',
    ])) as CryptoKeyPair;
    const { kty, crv, x, y, n, e } = await crypto.subtle.exportKey('jwk', pair.publicKey);
    const parts = kty === 'RSA' ? { kty, n, e } : { kty, crv, x, ...(y !== undefined && { y }) };
    return new FakeLogin(alg, { ...parts, kid } as IssuerKey, pair.privateKey);
  }

  /** @param claims and @param header an object, or the JSON text as it is to stand there */
  async token(claims: object | string, header: object | string = {}): Promise<string> {
    const head =
      typeof header === 'string' ? header : JSON.stringify({ alg: this.alg, kid: 'k1', typ: 'JWT', ...header });
    const body = typeof claims === 'string' ? claims : JSON.stringify(claims);
    const signed = [head, body].map((part) => encodeBase64Url(encoder.encode(part))).join('.');
    const hash = this.alg === 'PS384' ? 'SHA-384' : this.alg === 'ES512' ? 'SHA-512' : 'SHA-256';
    const algorithm = { name: this.#signing.algorithm.name, hash, saltLength: 48 };
    return `${signed}.${encodeBase64Url(new Uint8Array(await crypto.subtle.sign(algorithm, this.#signing, encoder.encode(signed))))}`;
  }
}

export const ruleOf = (over: Partial<UserRule> = {}): UserRule => ({
  policy: 'shop/users',
  issuer: ISSUER,
  keySet: 'login',
  headers: [{ name: 'authorization', prefix: 'Bearer ' }],
  params: ['access_token'],
  cookies: [],
  spaceDelimited: ['scope'],
  ...over,
});
