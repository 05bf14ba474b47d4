import { calculateJwkThumbprint, type JWK } from 'jose';
import { decodeBase64Url } from '../../snapshot/strict-jws.ts';

/** Prime and constant of P-256 (SEC 2, 2.4.2): y² = x³ - 3x + b. */
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const ALLOWED = new Set(['kty', 'crv', 'x', 'y', 'alg', 'use', 'kid', 'key_ops', 'ext']);

/**
 * Judges a public key that a Workload wants to register, or a token to be bound to: ES256 only, a point on the curve,
 * and nothing private in it.
 * @returns what is wrong and what to do; undefined when it is good
 */
export function checkWorkloadKey(jwk: unknown): string | undefined {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return 'a key is a JWK object';
  const key = jwk as Readonly<Record<string, unknown>>;
  if ('d' in key) return 'it holds the private part `d`: register the public key only, and treat this one as leaked';
  const stray = Object.keys(key).find((name) => !ALLOWED.has(name));
  if (stray !== undefined) return `\`${stray}\` does not belong into a public ES256 key`;
  if (key.kty !== 'EC' || key.crv !== 'P-256') return 'it is not an ES256 key: kty must be EC and crv P-256';
  if (key.alg !== undefined && key.alg !== 'ES256') return 'its alg is not ES256';
  if (key.use !== undefined && key.use !== 'sig') return 'its use is not sig';
  const x = coordinate(key.x);
  const y = coordinate(key.y);
  if (x === undefined || y === undefined) return 'x and y must be 32 bytes each in base64url without padding';
  if ((y * y - (x * x * x - 3n * x + B)) % P !== 0n) return 'it is not a point on the curve P-256';
  return undefined;
}

/** RFC 7638 thumbprint of a public ES256 key: what revocations name. */
export const thumbprintOf = (jwk: JsonWebKey): Promise<string> => calculateJwkThumbprint(jwk as JWK);

function coordinate(value: unknown): bigint | undefined {
  if (typeof value !== 'string' || value.length > 64) return undefined;
  const bytes = decodeBase64Url(value);
  if (bytes?.length !== 32) return undefined;
  let number = 0n;
  for (const byte of bytes) number = (number << 8n) | BigInt(byte);
  return number < P ? number : undefined;
}
