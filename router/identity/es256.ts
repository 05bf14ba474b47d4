import { isSignedWith } from './jws-signature.ts';

/** The parts of a public ES256 key that make it that key. */
export interface PublicKeyParts {
  readonly kty?: unknown;
  readonly crv?: unknown;
  readonly x?: unknown;
  readonly y?: unknown;
}

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** Only what names a public P-256 key is handed on: never `d`, `key_ops` or `use`. Rejects for a point off the curve. */
export function importPublicKey({ kty, crv, x, y }: PublicKeyParts): Promise<CryptoKey> {
  return crypto.subtle.importKey('jwk', { kty, crv, x, y } as JsonWebKey, ECDSA, false, ['verify']);
}

/** True when `jws`, already read strictly, was signed by `key`. */
export const isSignedBy = (jws: string, key: CryptoKey): Promise<boolean> => isSignedWith(jws, key, 'ES256');
