import { createHmac } from 'node:crypto';

export type Members = Readonly<Record<string, unknown>>;
/** Members, JSON text as it stands, or bytes. */
export type Part = Members | string | Uint8Array;

export interface Pair {
  readonly privateKey: CryptoKey;
  /** Nothing but kty, crv, x, y. */
  readonly jwk: Members;
  readonly privateJwk: JsonWebKey;
}

/** A good token before it is signed. */
export interface Sketch {
  readonly header: Members;
  readonly claims: Members;
  readonly key: Pair;
}

const ES256 = { name: 'ECDSA', hash: 'SHA-256' } as const;
const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
export const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

export async function newPair(): Promise<Pair> {
  const { privateKey } = await crypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  return pairOf(await crypto.subtle.exportKey('jwk', privateKey));
}

export async function pairOf({ kty, crv, x, y, d }: JsonWebKey): Promise<Pair> {
  const privateJwk = { kty, crv, x, y, d } as JsonWebKey;
  return {
    privateJwk,
    jwk: { kty, crv, x, y },
    privateKey: await crypto.subtle.importKey('jwk', privateJwk, P256, false, ['sign']),
  };
}

export const base64url = (part: Part): string => {
  const bytes = part instanceof Uint8Array || typeof part === 'string' ? part : JSON.stringify(part);
  return Buffer.from(bytes as string).toString('base64url');
};

/** Signs any header and payload whatever. */
export const sign = ({ header, claims, key }: { header: Part; claims: Part; key: Pair }): Promise<string> =>
  signText(`${base64url(header)}.${base64url(claims)}`, key);

/** @param text both parts as they are to stand there, however they are encoded */
export async function signText(text: string, { privateKey }: Pair): Promise<string> {
  const signature = await crypto.subtle.sign(ES256, privateKey, Buffer.from(text, 'latin1'));
  return `${text}.${Buffer.from(signature).toString('base64url')}`;
}

/** A shared secret where a key pair belongs. */
export function signHmac({ header, claims }: Sketch, secret: string): string {
  const text = `${base64url({ ...header, alg: 'HS256' })}.${base64url(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

export const unsigned = (token: string): string => token.slice(0, token.lastIndexOf('.') + 1);

export const withSignature = (token: string, bytes: Uint8Array): string =>
  unsigned(token) + Buffer.from(bytes).toString('base64url');

const number = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');

export const withNumbers = (token: string, r: bigint, s: bigint): string =>
  withSignature(token, Buffer.concat([number(r), number(s)]));

const signatureOf = (token: string): Buffer => Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');

/** The other signature that holds just as well. */
export function mirrored(token: string): string {
  const signature = signatureOf(token);
  const s = BigInt(`0x${signature.subarray(32).toString('hex')}`);
  return withSignature(token, Buffer.concat([signature.subarray(0, 32), number(ORDER - s)]));
}

/** The same signature in ASN.1. */
export function derSigned(token: string): string {
  const signature = signatureOf(token);
  const integer = (bytes: Buffer): Buffer => {
    const positive = (bytes[0] ?? 0) >= 128 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
    return Buffer.concat([Buffer.of(2, positive.length), positive]);
  };
  const both = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))]);
  return withSignature(token, Buffer.concat([Buffer.of(0x30, both.length), both]));
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The same bytes, and another text: bits that nobody reads are set. */
export const loose = (part: string): string =>
  part.slice(0, -1) + ALPHABET[ALPHABET.indexOf(part.at(-1) as string) | 1];
