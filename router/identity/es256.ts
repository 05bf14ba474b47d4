import { algorithmOf, isSignedWith } from './jws-signature.ts';

/** The parts of an ES256 key that make it that key. */
export interface KeyParts {
  readonly kty?: unknown;
  readonly crv?: unknown;
  readonly x?: unknown;
  readonly y?: unknown;
  /** Of a private key. */
  readonly d?: unknown;
}

/** Only what names a public P-256 key is handed on: never `d`, `key_ops` or `use`. Rejects for a point off the curve. */
export function importPublicKey({ kty, crv, x, y }: KeyParts): Promise<CryptoKey> {
  return importParts({ kty, crv, x, y }, 'verify');
}

/** Of a private P-256 key. Rejects for anything else. */
export const importPrivateKey = ({ kty, crv, x, y, d }: KeyParts): Promise<CryptoKey> =>
  importParts({ kty, crv, x, y, d }, 'sign');

const importParts = (parts: KeyParts, use: 'sign' | 'verify'): Promise<CryptoKey> =>
  crypto.subtle.importKey('jwk', parts as JsonWebKey, algorithmOf('ES256', 'P-256'), false, [use]);

/** True when `jws`, already read strictly, was signed by `key`. */
export const isSignedBy = (jws: string, key: CryptoKey): Promise<boolean> => isSignedWith(jws, key, 'ES256');
