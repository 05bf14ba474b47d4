import { parseStrictObject, StrictJsonError } from './strict-json.ts';

/** A compact JWS that was read, not yet verified. */
export interface StrictJws {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
  /** What the signature covers: `header.payload` as sent. */
  readonly signed: string;
  readonly signature: Uint8Array<ArrayBuffer>;
}

export interface JwsLimits {
  /** Bytes of the compact text. */
  readonly text: number;
  /** Decoded bytes. */
  readonly header: number;
  readonly payload: number;
  readonly depth: number;
}

/** For every token that comes with a request. */
export const TOKEN_LIMITS: JwsLimits = { text: 8192, header: 1024, payload: 4096, depth: 16 };

/** Why a text is no acceptable JWS. Never quotes it. */
export class JwsRejected extends Error {
  override readonly name = 'JwsRejected';
}

const DATES = ['exp', 'iat', 'nbf'];
/** r and s of ES256, fixed length: DER and everything else has another one. */
const SIGNATURE_BYTES = 64;
/** What a text of base64url may end with where its last character has four, or two, bits to spare: they are zero. */
const ENDS = { 2: 'AQgw', 3: 'AEIMQUYcgkosw048' };
const BASE64URL = /^[A-Za-z0-9_-]*$/;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a compact JWS signed with ES256 before any crypto: sizes, exactly three canonical base64url parts, strict JSON,
 * a header of exactly the members named, whatever else a library would overlook (RFC 8725; jose accepts padding, white
 * space, members that stand twice and unknown header members).
 * @param members the header's members besides `typ` and `alg`
 * @throws JwsRejected
 */
export function readStrictJws(text: string, typ: string, members: readonly string[], limits = TOKEN_LIMITS): StrictJws {
  if (text.length > limits.text) throw new JwsRejected('it is too long');
  const parts = text.split('.', 4);
  if (parts.length !== 3) throw new JwsRejected('it is not a compact JWS of three parts');
  const [headerPart, payloadPart, signaturePart] = parts as [string, string, string];
  const header = readJwsPart(headerPart, limits.header, limits.depth, 'its header');
  checkHeader(header, typ, members);
  const signature = decodeBase64Url(signaturePart);
  if (signature?.length !== SIGNATURE_BYTES) throw new JwsRejected('its signature does not have the form of ES256');
  const payload = readJwsPart(payloadPart, limits.payload, limits.depth, 'its payload');
  return { header, payload, signed: `${headerPart}.${payloadPart}`, signature };
}

function checkHeader(header: Readonly<Record<string, unknown>>, typ: string, members: readonly string[]): void {
  if (header.typ !== typ) throw new JwsRejected(`its typ is not ${typ}`);
  if (header.alg !== 'ES256') throw new JwsRejected('its alg is not ES256');
  const names = Object.keys(header);
  if (names.length !== members.length + 2 || !members.every((name) => Object.hasOwn(header, name))) {
    throw new JwsRejected(`its header does not consist of exactly ${['typ', 'alg', ...members].join(', ')}`);
  }
  if (members.includes('kid') && !isKeyId(header.kid)) throw new JwsRejected('its kid is not a key ID');
}

/** Key IDs are names, never paths or queries: they are only ever looked up in a Map. */
function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9._~-]{1,128}$/.test(value);
}

/**
 * One part of a compact JWS: canonical base64url of one JSON object that can be read in exactly one way.
 * @param what names it in messages: `its header`
 * @throws JwsRejected
 */
export function readJwsPart(part: string, limit: number, depth: number, what: string): Record<string, unknown> {
  const bytes = decodeBase64Url(part);
  if (bytes === undefined) throw new JwsRejected(`${what} is not canonical base64url`);
  if (bytes.length > limit) throw new JwsRejected(`${what} is too long`);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new JwsRejected(`${what} is not UTF-8`);
  }
  try {
    return parseStrictObject(text, { depth, integers: DATES });
  } catch (error) {
    if (error instanceof StrictJsonError) throw new JwsRejected(`${what} is refused: ${error.message}`);
    throw error;
  }
}

/**
 * The bytes of canonical base64url: no padding, no white space, unused bits zero, so one value has one text.
 * Undefined: the text is something else.
 */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  const rest = text.length % 4;
  if (rest === 1 || !BASE64URL.test(text)) return undefined;
  if ((rest === 2 || rest === 3) && !ENDS[rest].includes(text.at(-1) as string)) return undefined;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Canonical base64url without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
