import { base64url, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { TrustBundleDocument } from './trust-bundle.ts';

export const NOW = 1_800_000_000_000;
/** Seconds. */
export const THEN = NOW / 1000;
export const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
export const ORDERS = 'spiffe://mesh.local/ns/shop/sa/orders';

export interface FakeKey {
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
  readonly privateJwk: JsonWebKey;
  readonly publicJwk: JsonWebKey;
}

export async function newKey(): Promise<FakeKey> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const [publicJwk, privateJwk] = [await exportJWK(pair.publicKey), await exportJWK(pair.privateKey)];
  return { ...pair, publicJwk: publicJwk as JsonWebKey, privateJwk: privateJwk as JsonWebKey };
}

export const bundleOf = (...keys: [FakeKey, kid: string][]): TrustBundleDocument => ({
  spiffe_refresh_hint: 300,
  keys: keys.map(([{ publicJwk }, kid]) => ({ ...publicJwk, kid, use: 'mesh-hop' })),
});

export const witFor = (sub: string, exp: number, key: FakeKey): Promise<string> =>
  new SignJWT({ sub, exp }).setProtectedHeader({ typ: 'wit+jwt', alg: 'ES256', kid: 'w' }).sign(key.privateKey);

/** A Mesh-Call as routers write it, with claims and header members changed. */
export const meshCall = (
  key: FakeKey,
  changes: Readonly<Record<string, unknown>> = {},
  header: object = {},
): Promise<string> =>
  new SignJWT({
    iss: 'router-1',
    sub: CART,
    aud: ORDERS,
    iat: THEN,
    exp: THEN + 30,
    jti: 'j',
    via: [],
    pol: 'shop/p',
    gen: 7,
    ...changes,
  })
    .setProtectedHeader({ typ: 'mesh-call+jwt', alg: 'ES256', kid: 'hop-1', ...header })
    .sign(key.privateKey);

const sha256 = async (content: string): Promise<string> =>
  base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(content))));

/** A Mesh-Call for one request, as routers write it for services with `authn: strict-proof`. */
export async function boundCall(
  key: FakeKey,
  request: { readonly method?: string; readonly target: string; readonly body?: string },
  changes: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { method = 'POST', target, body = '' } = request;
  const bound = { htm: method, pth: target, bd: await sha256(body), jti: crypto.randomUUID() };
  return meshCall(key, { ...bound, ...changes });
}

/** What was asked of a server that is not there. */
export interface Asked {
  readonly url: string;
  readonly init: RequestInit;
  readonly headers: Headers;
}

/** A fetch that answers by a function and remembers what it was asked. */
export function fakeFetch(answer: (asked: Asked) => Response | Promise<Response>): typeof fetch & { asked: Asked[] } {
  const asked: Asked[] = [];
  const run = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const one = { url: String(input), init, headers: new Headers(init.headers) };
    asked.push(one);
    return answer(one);
  };
  return Object.assign(run as typeof fetch, { asked });
}

/** A clock that stands still until it is set. */
export class SetClock {
  time = NOW;
  now = (): number => this.time;
}
