import { algorithmsOf, type IssuerKey } from '../../snapshot/key-set.ts';
import { parseStrictObject } from '../../snapshot/strict-json.ts';
import { decodeBase64Url } from '../../snapshot/strict-jws.ts';

/** An honest issuer publishes a handful. */
const MOST_KEYS = 32;
/** Bytes of the modulus: 2048 to 8192 bits. */
const MODULUS = { least: 256, most: 1024 };
const COORDINATE_BYTES: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66, Ed25519: 32 };
/** Whoever publishes one of these has given the key away: it proves nothing any more. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** What an issuer answered is no key set that could be used. Never quotes it. */
export class KeySetRejected extends Error {
  override readonly name = 'KeySetRejected';
}

/**
 * The usable public keys of a JWKS (RFC 7517), reduced to the members that make them. A key of unknown type or use, a
 * weak or a private one is left out; where two have one `kid`, both are: nobody could say which of them was meant.
 * @throws KeySetRejected when the text is no key set, or one of more than 32 keys
 */
export function readKeySet(text: string): IssuerKey[] {
  const { keys } = parsed(text);
  if (!Array.isArray(keys)) throw new KeySetRejected('it has no list of keys');
  if (keys.length > MOST_KEYS) throw new KeySetRejected(`it has more than ${MOST_KEYS} keys`);
  const usable = keys.flatMap((key) => (isObject(key) ? (readKey(key) ?? []) : []));
  return usable.filter(({ kid }) => kid === undefined || usable.filter((other) => other.kid === kid).length === 1);
}

function parsed(text: string): Record<string, unknown> {
  try {
    return parseStrictObject(text, { depth: 8 });
  } catch {
    throw new KeySetRejected('it is not one JSON object that can be read in exactly one way');
  }
}

function readKey(jwk: Readonly<Record<string, unknown>>): IssuerKey | undefined {
  const { kid, use, alg, key_ops: operations } = jwk;
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))) return undefined;
  if (use !== undefined && use !== 'sig') return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined;
  if (kid !== undefined && !isText(kid, 256)) return undefined;
  if (alg !== undefined && !isText(alg, 16)) return undefined;
  const material = rsaKey(jwk) ?? curveKey(jwk);
  if (material === undefined) return undefined;
  const key = { ...material, ...(kid !== undefined && { kid }), ...(alg !== undefined && { alg }) };
  return algorithmsOf(key).length === 0 ? undefined : key;
}

function rsaKey({ kty, n, e }: Readonly<Record<string, unknown>>): IssuerKey | undefined {
  if (kty !== 'RSA' || typeof n !== 'string' || typeof e !== 'string' || n.length > 2 * MODULUS.most) return undefined;
  const modulus = withoutZeros(decodeBase64Url(n));
  const exponent = e.length <= 8 ? withoutZeros(decodeBase64Url(e)) : undefined;
  if (modulus === undefined || modulus.length < MODULUS.least || modulus.length > MODULUS.most) return undefined;
  if (exponent === undefined || ((exponent.at(-1) ?? 0) & 1) === 0 || (exponent.length === 1 && exponent[0] === 1)) {
    return undefined;
  }
  return { kty, n, e };
}

function curveKey({ kty, crv, x, y }: Readonly<Record<string, unknown>>): IssuerKey | undefined {
  if (typeof crv !== 'string' || !Object.hasOwn(COORDINATE_BYTES, crv)) return undefined;
  const bytes = COORDINATE_BYTES[crv];
  const isCoordinate = (value: unknown): value is string =>
    typeof value === 'string' && value.length <= 88 && decodeBase64Url(value)?.length === bytes;
  if (!isCoordinate(x)) return undefined;
  if (kty === 'OKP') return { kty, crv, x };
  return kty === 'EC' && isCoordinate(y) ? { kty, crv, x, y } : undefined;
}

function withoutZeros(bytes: Uint8Array | undefined): Uint8Array | undefined {
  const first = bytes?.findIndex((byte) => byte !== 0) ?? -1;
  return first < 0 ? undefined : bytes?.subarray(first);
}

const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= most;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
