import { expect, test } from 'vitest';
import { Cancellation, HeaderList, type UpstreamCall } from '../../router/index.ts';
import { FetchTransport } from './fetch-transport.ts';
import { RequestBody } from './request-body.ts';
import type { FetchRuntime } from './runtime.ts';

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

/** A runtime that answers by itself and remembers what it was asked. */
function runtimeOf(more: Partial<FetchRuntime> = {}): { runtime: FetchRuntime; sent: Sent[] } {
  const sent: Sent[] = [];
  const runtime: FetchRuntime = {
    name: 'deno',
    fetch: async (url, init) => {
      sent.push({ url, init });
      return new Response('ok', { headers: { connection: 'x-hop', 'x-hop': '1', 'x-a': '1' } });
    },
    init: {},
    sendsHost: true,
    identityFirst: false,
    sendsAgain: false,
    webSocket: { dial: () => expect.unreachable(), sendsHost: true },
    isConnectError: (error) => error instanceof Error && error.message === 'refused',
    isCallersError: () => 'no',
    ...more,
  };
  return { runtime, sent };
}

const get = new Request('http://router/');
const callOf = (more: Partial<UpstreamCall> = {}): UpstreamCall => ({
  endpoint: { id: 'a', address: '10.0.0.1', weight: 1 },
  port: { port: 80, targetPort: 8080 },
  method: 'GET',
  authority: 'orders.shop.mesh',
  target: '/x?y=1',
  headers: HeaderList.from([['accept-encoding', 'gzip']]),
  body: new RequestBody(get),
  ...more,
});
const send = (runtime: FetchRuntime, call: UpstreamCall, cancel = new Cancellation()) =>
  new FetchTransport(runtime).send(call, cancel);
const posted = (body: string): RequestBody =>
  new RequestBody(
    new Request('http://a/', { method: 'POST', body, headers: { 'content-length': String(body.length) } }),
  );

test.each([
  [{ address: '10.0.0.1' }, 'http://10.0.0.1:8080/x?y=1'],
  [{ address: '::1' }, 'http://[::1]:8080/x?y=1'],
  [{ url: 'https://orders.example:444' }, 'https://orders.example:444/x?y=1'],
])('an endpoint %j is called at %s', async (place, url) => {
  const { runtime, sent } = runtimeOf();
  await send(runtime, callOf({ endpoint: { id: 'a', weight: 1, ...place } }));
  expect(sent[0]?.url).toBe(url);
  expect(sent[0]?.init).toMatchObject({ method: 'GET', redirect: 'manual' });
});

test('a binding is called by its name; one that is not there is no connection', async () => {
  const seen: string[] = [];
  const fetch = async (url: string) => {
    seen.push(url);
    return new Response();
  };
  const { runtime } = runtimeOf({ binding: (name) => (name === 'ORDERS' ? { fetch } : undefined) });
  await send(runtime, callOf({ endpoint: { id: 'a', weight: 1, binding: 'ORDERS' } }));
  expect(seen).toEqual(['http://service.binding/x?y=1']);
  const other = send(runtime, callOf({ endpoint: { id: 'a', weight: 1, binding: 'OTHER' } }));
  await expect(other).rejects.toMatchObject({ kind: 'connect', unprocessed: true });
});

test('the authority goes into Host where that can be, else beside it', async () => {
  const one = runtimeOf();
  await send(one.runtime, callOf());
  expect(one.sent[0]?.init.headers).toMatchObject({ host: 'orders.shop.mesh' });
  const other = runtimeOf({ sendsHost: false });
  await send(other.runtime, callOf());
  expect(other.sent[0]?.init.headers).toMatchObject({ 'x-forwarded-host': 'orders.shop.mesh' });
});

test('`identity` stands before what the caller accepts', async () => {
  const { runtime, sent } = runtimeOf({ identityFirst: true });
  await send(runtime, callOf());
  const headers = (sent[0]?.init.headers ?? []) as [string, string][];
  const codings = headers.filter(([name]) => name === 'accept-encoding');
  expect(codings.map(([, value]) => value)).toEqual(['identity', 'gzip']);
});

test.each(['/a/../b', '/a/%2e%2e/b', '/a\\b', '/a b'])(
  '%s would be sent in another form: nothing is sent',
  async (target) => {
    const { runtime, sent } = runtimeOf();
    await expect(send(runtime, callOf({ target }))).rejects.toThrow('not in the form');
    expect(sent).toEqual([]);
  },
);

test('a path is sent if, and only if, reading it as a URL changes nothing', async () => {
  const printable = Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n)).filter((c) => !'?#'.includes(c));
  const paths = printable.flatMap((one) => [`/${one}`, `/a${one}b`, `/${one}${one}/b`, `/a/.${one}/b`, `/a/b${one}`]);
  for (const target of [...paths, '/', '/.', '/a/.', '/a/..', '/a//b', '/.well-known/x', '/a/%2E/b', '/é']) {
    const { runtime, sent } = runtimeOf();
    await send(runtime, callOf({ target })).catch(() => undefined);
    expect([target, sent.length]).toEqual([target, new URL(`http://a${target}`).pathname === target ? 1 : 0]);
  }
});

test("headers of the upstream's connection stay there", async () => {
  const { headers } = await send(runtimeOf().runtime, callOf());
  expect([headers.get('x-a'), headers.get('x-hop'), headers.get('connection')]).toEqual(['1', undefined, undefined]);
});

test.each([
  ['refused', 'connect', true],
  ['broken', 'reset', false],
])('fetch that fails with %s is a failure to %s', async (message, kind, unprocessed) => {
  const { runtime } = runtimeOf({ fetch: () => Promise.reject(new Error(message)) });
  await expect(send(runtime, callOf())).rejects.toMatchObject({ kind, unprocessed });
});

test('cancelling aborts fetch', async () => {
  const cancel = new Cancellation();
  const fetch: FetchRuntime['fetch'] = (_, { signal }) => {
    queueMicrotask(() => cancel.cancel('upstream_timeout'));
    return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  };
  await expect(send(runtimeOf({ fetch }).runtime, callOf(), cancel)).rejects.toMatchObject({ kind: 'cancelled' });
});

test('what is cancelled already is not sent', async () => {
  const { runtime, sent } = runtimeOf();
  const cancel = new Cancellation();
  cancel.cancel('client_closed');
  await expect(send(runtime, callOf(), cancel)).rejects.toMatchObject({ kind: 'cancelled' });
  expect(sent).toEqual([]);
});

test('a small body is sent from memory, and can be sent again', async () => {
  const { runtime, sent } = runtimeOf();
  const body = posted('small');
  for (let n = 0; n < 2; n++) await send(runtime, callOf({ method: 'POST', body }));
  expect(sent.map(({ init }) => new TextDecoder().decode(init.body as Uint8Array))).toEqual(['small', 'small']);
  expect(body.spent).toBe(false);
});

test('a large body is handed over as a stream, and is spent then', async () => {
  const { runtime, sent } = runtimeOf();
  const body = posted('x'.repeat(100_000));
  await send(runtime, callOf({ method: 'POST', body }));
  expect(sent[0]?.init.body).toBeInstanceOf(ReadableStream);
  expect(body.spent).toBe(true);
});

test('a WebSocket is asked for without what another connection agreed on, and with its Host', async () => {
  let asked: [string, Headers] | undefined;
  const dial: FetchRuntime['webSocket']['dial'] = async (url, { headers }) => {
    asked = [url, new Headers(headers.map(([name, value]) => [name, value]))];
    return { status: 101, headers: new HeaderList(), body: { discard: () => undefined } };
  };
  const headers = HeaderList.from([
    ['sec-websocket-key', 'k'],
    ['sec-websocket-extensions', 'permessage-deflate'],
    ['sec-websocket-protocol', 'chat'],
    ['upgrade', 'websocket'],
  ]);
  const { runtime } = runtimeOf({ webSocket: { dial, sendsHost: false } });
  expect((await send(runtime, callOf({ headers, upgrade: 'websocket' }))).status).toBe(101);
  expect(asked?.[0]).toBe('http://10.0.0.1:8080/x?y=1');
  expect([...(asked?.[1].keys() ?? [])]).toEqual(['sec-websocket-protocol', 'x-forwarded-host']);
});

test.each([
  ['POST', true],
  ['PATCH', true],
  ['PUT', false],
])('where fetch sends again by itself, the body of a %s is a stream: %s', async (method, streamed) => {
  const { runtime, sent } = runtimeOf({ sendsAgain: true });
  await send(runtime, callOf({ method, body: posted('pay') }));
  const { body } = sent[0]?.init ?? {};
  expect(body instanceof ReadableStream).toBe(streamed);
  expect(await new Response(body ?? null).text()).toBe('pay');
});

test('a gRPC call is refused in its own words, and nothing is sent', async () => {
  const { runtime, sent } = runtimeOf();
  const headers = HeaderList.from([['content-type', 'application/grpc+proto']]);
  const answer = await send(runtime, callOf({ method: 'POST', headers, body: posted('x') }));
  expect([answer.status, answer.headers.get('grpc-status')]).toEqual([200, '12']);
  expect(answer.headers.get('grpc-message')).toContain('on Node');
  expect(sent).toEqual([]);
});

test('an answer whose head is too long is none', async () => {
  const long = new Response('ok', { headers: { 'x-long': 'a'.repeat(70_000) } });
  const { runtime } = runtimeOf({ fetch: async () => long });
  await expect(send(runtime, callOf())).rejects.toMatchObject({ kind: 'reset', unprocessed: false });
});

test.each([
  ['no', { kind: 'reset', maybeCallers: false }],
  ['unknown', { kind: 'reset', maybeCallers: true }],
  ['yes', { kind: 'cancelled' }],
] as const)(
  'of a streamed body that may have broken off (%s), the endpoint is not blamed',
  async (isCallers, expected) => {
    const { runtime } = runtimeOf({ fetch: () => Promise.reject(new Error('lost')), isCallersError: () => isCallers });
    const streamed = new RequestBody(new Request('http://a/', { method: 'POST', body: 'pay' }));
    await expect(send(runtime, callOf({ method: 'POST', body: streamed }))).rejects.toMatchObject(expected);
    await expect(send(runtime, callOf())).rejects.toMatchObject({ kind: 'reset', maybeCallers: false });
  },
);
