import type { BundleKey, TrustBundle } from '../../snapshot/chunk.ts';
import { encodeBase64Url } from '../../snapshot/strict-jws.ts';

/** A key pair with its public part as a bundle or a token holds it. */
export interface ForgedPair {
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
  readonly jwk: { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string };
  readonly privateJwk: JsonWebKey;
}

const encoder = new TextEncoder();

export async function forgePair(): Promise<ForgedPair> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const privateJwk = await crypto.subtle.exportKey('jwk', pair.privateKey);
  const { x = '', y = '' } = privateJwk;
  return { ...pair, jwk: { kty: 'EC', crv: 'P-256', x, y }, privateJwk };
}

/** An object, or JSON text as it stands, however broken. */
export type Part = object | string;

export const encodePart = (part: Part): string =>
  encodeBase64Url(encoder.encode(typeof part === 'string' ? part : JSON.stringify(part)));

/** Signs any header and payload whatever: tokens that no library would make. */
export async function forge(header: Part, payload: Part, key: CryptoKey): Promise<string> {
  const text = `${encodePart(header)}.${encodePart(payload)}`;
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, encoder.encode(text));
  return `${text}.${encodeBase64Url(new Uint8Array(signature))}`;
}

export const bundleKey = (pair: ForgedPair, kid: string, use: BundleKey['use']): BundleKey => ({
  ...pair.jwk,
  kid,
  use,
});

export const bundleOf = (...keys: BundleKey[]): TrustBundle => ({
  kind: 'trust-bundle',
  trustDomain: 'mesh.local',
  spiffe_sequence: 1,
  spiffe_refresh_hint: 300,
  keys,
});
