import { decodeBase64Url, encodeBase64Url } from '../../snapshot/strict-jws.ts';

const encoder = new TextEncoder();
/** Weaker RSA keys are not believed (RFC 7518 3.3). */
const LEAST_RSA_BITS = 2048;

/** What WebCrypto wants to know of an algorithm, to import a key and to use it. */
interface Algorithm {
  readonly name: string;
  readonly hash?: string;
  readonly saltLength?: number;
  readonly namedCurve?: string;
}

const NAMES: Readonly<Record<string, string>> = { ES: 'ECDSA', RS: 'RSASSA-PKCS1-v1_5', PS: 'RSA-PSS' };

/** How WebCrypto names what a JWS calls `alg` (RFC 7518 3.1, RFC 8037). @param namedCurve of the key, for ES* */
export function algorithmOf(alg: string, namedCurve = ''): Algorithm {
  const name = NAMES[alg.slice(0, 2)];
  const bits = alg.slice(2);
  // The salt is as long as the hash (RFC 7518 3.5).
  return name === undefined
    ? { name: 'Ed25519' }
    : { name, hash: `SHA-${bits}`, saltLength: Number(bits) / 8, namedCurve };
}

const isStrong = ({ algorithm }: CryptoKey): boolean =>
  !('modulusLength' in algorithm) || (algorithm.modulusLength as number) >= LEAST_RSA_BITS;

/**
 * True when a compact JWS was signed by `key`. Whoever asks has read it strictly before, and has chosen `alg` by the key
 * and not by the token alone. Never rejects: what can not be verified was not signed.
 */
export async function isSignedWith(jws: string, key: CryptoKey, alg: string): Promise<boolean> {
  const end = jws.lastIndexOf('.');
  const signature = decodeBase64Url(jws.slice(end + 1));
  if (signature === undefined || !isStrong(key)) return false;
  try {
    return await crypto.subtle.verify(algorithmOf(alg), key, signature, encoder.encode(jws.slice(0, end)));
  } catch {
    return false;
  }
}

/** A part of a compact JWS: canonical base64url of what JSON.stringify writes. */
export const jwsPart = (value: object): string => encodeBase64Url(encoder.encode(JSON.stringify(value)));

/** A compact JWS of ES256. @param header made by `jwsPart`, with `alg: ES256` */
export async function signedEs256(header: string, payload: object, key: CryptoKey): Promise<string> {
  const signed = `${header}.${jwsPart(payload)}`;
  const signature = await crypto.subtle.sign(algorithmOf('ES256'), key, encoder.encode(signed));
  return `${signed}.${encodeBase64Url(new Uint8Array(signature))}`;
}
