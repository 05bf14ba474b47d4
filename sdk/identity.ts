import type { Renewable } from './renewed.ts';

/** What a call is signed with. */
export interface MeshCredential extends Renewable {
  /** Workload identity token. */
  readonly wit: string;
  /** Private ES256 key that the token is bound to. */
  readonly key: CryptoKey;
}

/** What an identity may use of its surroundings. */
export interface IdentityPorts {
  readonly fetch: typeof fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly warn: (message: string) => void;
}

/** Where a service's identity comes from. */
export interface MeshIdentity {
  readonly spiffeId: string;
  /**
   * The credential to call with now.
   * @throws MeshError `identity_unavailable`
   */
  credential(ports: IdentityPorts): Promise<MeshCredential>;
}

/** A private ES256 JWK as a key that signs and can not be read again. */
export async function importSigningKey(jwk: JsonWebKey): Promise<CryptoKey> {
  const { kty, crv, x, y, d } = jwk;
  if (kty !== 'EC' || crv !== 'P-256' || d === undefined) throw new TypeError('the key is not a private ES256 JWK');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  return crypto.subtle.importKey('jwk', { kty, crv, x, y, d } as JsonWebKey, algorithm, false, ['sign']);
}
