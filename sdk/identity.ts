import { P256 } from './compact-jws.ts';
import type { CryptoProvider } from './crypto-provider.ts';
import type { Renewable } from './renewed.ts';

/** What a call is signed with. */
export interface MeshCredential extends Renewable {
  /** Workload identity token. */
  readonly wit: string;
  /** Private ES256 key that the token is bound to; of the ports' `crypto`. */
  readonly key: CryptoKey;
}

/** What an identity may use of its surroundings. */
export interface IdentityPorts {
  readonly fetch: typeof fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly warn: (message: string) => void;
  readonly crypto: CryptoProvider;
}

/** Where a service's identity comes from. */
export interface MeshIdentity {
  readonly spiffeId: string;
  /**
   * The credential to call with now.
   * @throws MeshError `identity_unavailable`
   */
  credential(ports: IdentityPorts): Promise<MeshCredential>;
  /** Routers do not believe this token any more (its signing key is gone): get another one, where that is possible. */
  refused?(wit: string): void;
}

/** A key pair that tokens are bound to. */
export interface BoundKey {
  readonly signing: CryptoKey;
  /** `kty`, `crv`, `x` and `y` alone. */
  readonly publicJwk: JsonWebKey;
}

/** A private ES256 JWK as a key that signs and can not be read again. */
export async function importBoundKey(provider: CryptoProvider, jwk: JsonWebKey): Promise<BoundKey> {
  const { kty, crv, x, y, d } = jwk;
  if (kty !== 'EC' || crv !== 'P-256' || d === undefined) throw new TypeError('the key is not a private ES256 JWK');
  const signing = await provider.subtle.importKey('jwk', { kty, crv, x, y, d } as JsonWebKey, P256, false, ['sign']);
  return { signing, publicJwk: { kty, crv, x, y } as JsonWebKey };
}

/** A new key pair. Its private part can not be read. */
export async function newBoundKey(provider: CryptoProvider): Promise<BoundKey> {
  const pair = (await provider.subtle.generateKey(P256, false, ['sign', 'verify'])) as CryptoKeyPair;
  const { kty, crv, x, y } = await provider.subtle.exportKey('jwk', pair.publicKey);
  return { signing: pair.privateKey, publicJwk: { kty, crv, x, y } as JsonWebKey };
}

/** A new private ES256 JWK, for those who have a place to keep it. */
export async function newPrivateJwk(provider: CryptoProvider): Promise<JsonWebKey> {
  const pair = (await provider.subtle.generateKey(P256, true, ['sign', 'verify'])) as CryptoKeyPair;
  const { kty, crv, x, y, d } = await provider.subtle.exportKey('jwk', pair.privateKey);
  return { kty, crv, x, y, d } as JsonWebKey;
}
