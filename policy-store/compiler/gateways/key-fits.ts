/** An element of DER (X.690): what it is, and where its content lies. */
interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
}

const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;
/** [1] of an ECPrivateKey (RFC 5915): the public key. */
const PUBLIC_KEY = 0xa1;

/**
 * Whether a private key belongs to a certificate: its public part (RSA modulus, or point of the curve) stands in the
 * certificate. Undefined: this kind of key does not carry it. @param certificate PEM, leaf first @param privateKey PEM
 */
export function keyFits(certificate: string, privateKey: string): boolean | undefined {
  const leaf = bytesOf(certificate);
  const key = bytesOf(privateKey);
  if (leaf === undefined || key === undefined) return false;
  const part = publicPart(key);
  return part === undefined ? undefined : holds(leaf, part);
}

function bytesOf(pem: string): Uint8Array | undefined {
  const [, base64 = ''] = /-----BEGIN [A-Z ]+-----([^-]+)-----END/.exec(pem) ?? [];
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
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

/** The elements that stand one after another; those before the first broken one. */
function elements(bytes: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = 0; at + 1 < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    if (lengthBytes > 3) break;
    let length = lengthBytes === 0 ? first : 0;
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
    const start = at + 2 + lengthBytes;
    if (start + length > bytes.length) break;
    found.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}

function holds(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = bytes.indexOf(part[0] ?? 0); at !== -1; at = bytes.indexOf(part[0] ?? 0, at + 1)) {
    if (part.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}
