import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { WebSocket } from 'undici';
import { expect, test } from 'vitest';
import { call, head } from '../client.ts';
import { type Caller, PolicyStore } from '../policy-store.ts';
import { openChatService } from '../protocols/services.ts';
import type { Member } from '../runtimes.ts';
import { type Echo, Upstream } from '../upstream.ts';

const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
const STRICT = 'strict.shop.mesh';
const BEARER = 'bearer.shop.mesh';
const PLAIN = 'plain.shop.mesh';

/** Services of every strength, and one that only a chain of callers may call. */
export interface StrengthMesh {
  readonly store: PolicyStore;
  readonly upstream: Upstream;
  readonly cart: Caller;
  /** Answers as the service `plain`, and calls on. */
  readonly plain: Caller;
  /** A JWT-SVID of cart for one service. */
  bearerFor(authority: string): Promise<string>;
  stop(): Promise<void>;
}

const GROUP = 'gossamer.mesh/v1';
const meta = (name: string) => ({ name, namespace: 'shop' });

export async function startStrengthMesh(): Promise<StrengthMesh> {
  const [store, upstream, chat] = await Promise.all([PolicyStore.start(), Upstream.start('a'), openChatService()]);
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const at = (name: string, spec: object, port = upstream.port) => ({
    apiVersion: GROUP,
    kind: 'Service',
    metadata: meta(name),
    spec: { ...spec, endpoints: [{ url: `http://127.0.0.1:${port}` }] },
  });
  const allow = (name: string, source: object) => ({
    apiVersion: GROUP,
    kind: 'AuthorizationPolicy',
    metadata: meta(name),
    spec: { targetRefs: [{ kind: 'Service', name }], rules: [{ from: [{ source }] }] },
  });
  const workload = (name: string, keys: object[] = []) => ({
    apiVersion: GROUP,
    kind: 'Workload',
    metadata: meta(name),
    spec: { keys },
  });
  const anyone = { principals: ['*'] };
  await store.apply([
    { apiVersion: GROUP, kind: 'MeshConfig', metadata: { name: 'mesh' }, spec: { replayProtection: 'strict' } },
    at('plain', {}),
    at('bearer', { authn: 'bearer' }),
    at('strict', { authn: 'strict-proof' }),
    at('chained', {}),
    at('chat', {}, chat.port),
    ...['plain', 'bearer', 'strict', 'chat'].map((name) => allow(name, anyone)),
    allow('chained', { principals: ['mesh.local/ns/shop/sa/plain'], via: ['mesh.local/ns/shop/sa/cart'] }),
    ...['plain', 'leaver-node', 'leaver-deno', 'leaver-bun', 'leaver-workerd'].map((name) => workload(name)),
    workload('cart', [await exportJWK(publicKey)]),
  ]);
  return {
    store,
    upstream,
    cart: await store.enrol('shop', 'cart'),
    plain: await store.enrol('shop', 'plain'),
    bearerFor: (authority) => bearerOf(store, privateKey, `http://${authority}`),
    stop: async () => {
      upstream.stop();
      await chat[Symbol.asyncDispose]();
      await store.stop();
    },
  };
}

async function bearerOf({ url }: PolicyStore, key: CryptoKey, audience: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const client_assertion = await new SignJWT({
    iss: CART,
    sub: CART,
    aud: url,
    iat: now,
    exp: now + 60,
    jti: crypto.randomUUID(),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'client-authentication+jwt' })
    .sign(key);
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion,
    requested_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    audience,
  });
  const answer = (await (await fetch(`${url}/v1/token`, { method: 'POST', body })).json()) as { access_token?: string };
  if (answer.access_token === undefined) throw new Error(`no JWT-SVID: ${JSON.stringify(answer)}`);
  return answer.access_token;
}

export function strengthCases(
  context: () => { readonly mesh: StrengthMesh; readonly router: Member },
  name: string,
): void {
  const ask = async (to: string, headers: Record<string, string>, more: object = {}) => {
    const { status, headers: got, body } = await call(context().router.url, { to, path: '/echo', headers, ...more });
    return { status, headers: got, body: JSON.parse(body) as { check?: string } & Echo };
  };

  test('a bearer token is enough where the service says so, and goes no further', async () => {
    const authorization = `Bearer ${await context().mesh.bearerFor(BEARER)}`;
    const { status, body } = await ask(BEARER, { authorization });
    expect([status, decodeJwt(body.headers['mesh-call'] as string).sub]).toEqual([200, CART]);
    expect(body.headers).not.toHaveProperty('authorization');
    const { body: refused } = await ask(PLAIN, { authorization });
    expect(refused).toMatchObject({ status: 400, check: 'too_weak' });
  });

  test('a bearer token that does not hold: 401 with a challenge, and nothing arrives', async () => {
    const token = await context().mesh.bearerFor(BEARER);
    const id = crypto.randomUUID();
    const spoilt = await ask(BEARER, { authorization: `Bearer ${token.slice(0, -4)}AAAA`, 'x-test': id });
    expect([spoilt.status, spoilt.body.check]).toEqual([401, 'wrong_signature']);
    expect(spoilt.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    const nothing = await ask(BEARER, { 'x-test': id });
    expect(nothing.headers['www-authenticate']).toBe('Workload-Identity, Bearer realm="mesh"');
    expect(context().mesh.upstream.seen.has(id)).toBe(false);
  });

  test('a proof that may be sent again is not enough for a strict service', async () => {
    const answer = await ask(STRICT, await context().mesh.cart.headersFor(STRICT));
    expect([answer.status, answer.body.check]).toEqual([400, 'proof_not_strict']);
  });

  test('a proof for one request counts once, and so does what the upstream gets', async () => {
    const sent = { method: 'POST', body: 'money', path: '/echo?a=1' };
    const headers = await context().mesh.cart.strictHeadersFor(STRICT, { method: 'POST', query: 'a=1', body: 'money' });
    const { status, body } = await ask(STRICT, headers, sent);
    expect([status, body.bytes]).toEqual([200, 5]);
    const bd = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from('money'))).toString('base64url');
    expect(decodeJwt(body.headers['mesh-call'] as string)).toMatchObject({ htm: 'POST', pth: '/echo?a=1', bd });
    const again = await ask(STRICT, headers, sent);
    expect([again.status, again.headers['mesh-reason']]).toEqual([400, 'token_replayed']);
  });

  test.each([
    ['method', { method: 'PUT', body: 'money', path: '/echo?a=1' }],
    ['query', { method: 'POST', body: 'money', path: '/echo?a=2' }],
    ['body', { method: 'POST', body: 'honey', path: '/echo?a=1' }],
    ['body of no declared length', { method: 'POST', body: 'honey', path: '/echo?a=1', chunked: true }],
  ])(
    'a proof for one request is good for no other %s',
    async (_what, { chunked, ...sent }: { chunked?: boolean; method: string; body: string; path: string }) => {
      const id = crypto.randomUUID();
      const proof = await context().mesh.cart.strictHeadersFor(STRICT, { method: 'POST', query: 'a=1', body: 'money' });
      const headers = { ...proof, 'x-test': id, ...(chunked && { 'transfer-encoding': 'chunked' }) };
      const answer = await ask(STRICT, headers, sent);
      expect([answer.status, answer.body.check]).toEqual([400, 'wrong_request']);
      expect(context().mesh.upstream.seen.has(id)).toBe(false);
    },
  );

  test('a body of no declared length is signed for as any other', async () => {
    const proof = await context().mesh.cart.strictHeadersFor(STRICT, { method: 'POST', body: 'money' });
    const headers = { ...proof, 'transfer-encoding': 'chunked' };
    expect((await ask(STRICT, headers, { method: 'POST', body: 'money' })).body.bytes).toBe(5);
  });

  test('a body of more than a mebibyte is not signed for', async () => {
    const body = 'x'.repeat(1024 * 1024 + 1);
    const headers = await context().mesh.cart.strictHeadersFor(STRICT, { method: 'POST', body });
    expect((await ask(STRICT, headers, { method: 'POST', body })).status).toBe(413);
  });

  test('a policy can demand who called before', async () => {
    const { cart, plain } = context().mesh;
    const parent = (await ask(PLAIN, await cart.headersFor(PLAIN))).body.headers['mesh-call'] as string;
    const own = await plain.headersFor('chained.shop.mesh');
    const { status, body } = await ask('chained.shop.mesh', { ...own, 'mesh-parent-call': parent });
    expect([status, decodeJwt(body.headers['mesh-call'] as string).via]).toEqual([200, [CART]]);
    expect(body.headers).not.toHaveProperty('mesh-parent-call');
    expect((await ask('chained.shop.mesh', own)).status).toBe(403);
  });

  test('nobody hands on a Mesh-Call that another one was called with', async () => {
    const { cart } = context().mesh;
    const parent = (await ask(PLAIN, await cart.headersFor(PLAIN))).body.headers['mesh-call'] as string;
    const stolen = await ask(PLAIN, { ...(await cart.headersFor(PLAIN)), 'mesh-parent-call': parent });
    expect([stolen.status, stolen.body.check]).toEqual([400, 'wrong_parent']);
  });

  test('streams and WebSockets end when their caller is revoked', async () => {
    const { store } = context().mesh;
    const leaver = await store.enrol('shop', `leaver-${name}`);
    const stream = await head(context().router.url, {
      to: PLAIN,
      path: '/sse',
      as: leaver,
      headers: { 'x-test': crypto.randomUUID() },
    });
    await once(stream, 'data');
    const headers = { 'mesh-authority': 'chat.shop.mesh', ...(await leaver.headersFor('chat.shop.mesh')) };
    const socket = new WebSocket(`${context().router.url.replace('http', 'ws')}/room`, { headers });
    await once(socket, 'open');
    const ended = Promise.all([text(stream).catch(() => 'broke off'), once(socket, 'close')]);
    await store.call('POST', '/v1/revocations', { ids: [`spiffe://mesh.local/ns/shop/sa/leaver-${name}`] });
    await ended;
    expect((await ask(PLAIN, await leaver.headersFor(PLAIN))).body.check).toBe('revoked');
  });
}
