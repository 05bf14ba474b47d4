import { base64url } from 'jose';
import type { CryptoProvider } from './crypto-provider.ts';

/** P-256, for keys. */
export const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const ES256 = { name: 'ECDSA', hash: 'SHA-256' } as const;
const encoder = new TextEncoder();

/**
 * Signs a compact JWS with ES256 (RFC 7515). By our own hand, because jose takes native keys only and the provider's may
 * be others. Claims that are undefined are left out.
 */
export async function signJws(
  provider: CryptoProvider,
  key: CryptoKey,
  header: object,
  claims: object,
): Promise<string> {
  const [headerPart, payload] = [header, claims].map((part) => base64url.encode(JSON.stringify(part)));
  const signed = `${headerPart}.${payload}`;
  const signature = await provider.subtle.sign(ES256, key, encoder.encode(signed));
  return `${signed}.${base64url.encode(new Uint8Array(signature))}`;
}

/** Whether `key` signed a compact JWS that has been read strictly already. */
export async function isSignedBy(provider: CryptoProvider, key: CryptoKey, jws: string): Promise<boolean> {
  const end = jws.lastIndexOf('.');
  const signature = base64url.decode(jws.slice(end + 1)) as Uint8Array<ArrayBuffer>;
  return provider.subtle.verify(ES256, key, signature, encoder.encode(jws.slice(0, end))).catch(() => false);
}

/** Base64url SHA-256. Of text: of its UTF-8. */
export async function digestOf(provider: CryptoProvider, content: string | Uint8Array): Promise<string> {
  const bytes = typeof content === 'string' ? encoder.encode(content) : content;
  return base64url.encode(new Uint8Array(await provider.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)));
}

/** A `jti`: 128 random bits. */
export const newTokenId = (provider: CryptoProvider): string =>
  base64url.encode(provider.getRandomValues(new Uint8Array(16)));
