import { bytesOfPem, elements, INTEGER, OCTET_STRING, SEQUENCE } from './der.ts';

/** [1] of an ECPrivateKey (RFC 5915): the public key. */
const PUBLIC_KEY = 0xa1;

/**
 * Whether a private key belongs to a certificate: its public part (RSA modulus, or point of the curve) stands in the
 * certificate. Undefined: this kind of key does not carry it. @param certificate PEM, leaf first @param privateKey PEM
 */
export function keyFits(certificate: string, privateKey: string): boolean | undefined {
  const leaf = bytesOfPem(certificate);
  const key = bytesOfPem(privateKey);
  if (leaf === undefined || key === undefined) return false;
  const part = publicPart(key);
  return part === undefined ? undefined : holds(leaf, part);
}

/** Of PKCS #8 (RFC 5958) or of what it wraps: RSAPrivateKey (RFC 8017) or ECPrivateKey. */
function publicPart(key: Uint8Array): Uint8Array | undefined {
  const [outer] = elements(key);
  if (outer?.tag !== SEQUENCE) return undefined;
  const members = elements(outer.content);
  const [, second, third] = members;
  if (second?.tag === SEQUENCE && third?.tag === OCTET_STRING) return publicPart(third.content);
  // Lengths and unused bits in front of the numbers themselves are left away.
  if (second?.tag === INTEGER) return second.content;
  const point = members.find(({ tag }) => tag === PUBLIC_KEY);
  return point === undefined ? undefined : elements(point.content)[0]?.content;
}

function holds(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = bytes.indexOf(part[0] ?? 0); at !== -1; at = bytes.indexOf(part[0] ?? 0, at + 1)) {
    if (part.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}
