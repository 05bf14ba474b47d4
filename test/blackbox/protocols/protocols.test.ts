import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2';
import type { LookupFunction } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { decodeJwt } from 'jose';
import { Agent, WebSocket } from 'undici';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { certificateFor } from '../../../workers/node/certificates.fake.ts';
import { unusedPort } from '../context.ts';
import { type Caller, PolicyStore } from '../policy-store.ts';
import { protocolDocuments, secret } from './documents.ts';
import { openChatService, openGrpcService } from './services.ts';

const HOST = 'www.shop.example';
const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
const [first, second] = await Promise.all([certificateFor(HOST), certificateFor('renewed.example', HOST)]);

let mesh: PolicyStore;
let cart: Caller;
let thief: Caller;
let secure: number;
let greeter: Awaited<ReturnType<typeof openGrpcService>>;
let chat: Awaited<ReturnType<typeof openChatService>>;

beforeAll(async () => {
  [mesh, greeter, chat, secure] = await Promise.all([
    PolicyStore.start(),
    openGrpcService(),
    openChatService(),
    unusedPort(),
  ]);
  const documents = protocolDocuments({ grpc: greeter.port, chat: chat.port, secure });
  await mesh.call('POST', '/v1/apply?wait=10s', [...documents, secret('www', first)]);
  cart = await mesh.enrol('shop', 'cart');
  thief = await mesh.enrol('shop', 'thief');
});
afterAll(async () => {
  await mesh?.stop();
  await greeter?.[Symbol.asyncDispose]();
  await chat?.[Symbol.asyncDispose]();
});

const router = (): string => mesh.program.ready.router as string;

function dial(url: string, options: object = {}): ClientHttp2Session & Disposable {
  const session = connect(url, options);
  session.on('error', () => undefined);
  return Object.assign(session, { [Symbol.dispose]: () => session.destroy() });
}

async function callGreeter(session: ClientHttp2Session, as: Caller | null): Promise<ClientHttp2Stream> {
  const authority = 'greeter.shop.mesh';
  const identity = (await as?.headersFor(authority)) ?? {};
  const stream = session.request({
    ':method': 'POST',
    ':path': '/greet.Greeter/Chat',
    ':authority': authority,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...identity,
  });
  return stream.on('error', () => undefined);
}

test('a gRPC call streams both ways through the router, under the identity of its caller', async () => {
  using session = dial(router());
  const stream = await callGreeter(session, cart);
  const trailers = once(stream, 'trailers') as Promise<[IncomingHttpHeaders]>;
  const answered = once(stream, 'response') as Promise<[IncomingHttpHeaders]>;
  for (const message of ['\0\0\0\0\u0001a', '\0\0\0\0\u0001b']) {
    stream.write(message);
    await answered;
    expect(String(await once(stream, 'data'))).toBe(message);
  }
  stream.end();
  stream.resume();
  expect((await answered)[0]).toMatchObject({ ':status': 200, 'mesh-revision': expect.any(String) });
  expect((await trailers)[0]).toMatchObject({ 'grpc-status': '0', 'grpc-message': 'OK' });
  const seen = greeter.calls.at(-1);
  expect(seen).toMatchObject({ ':authority': 'greeter.shop.mesh', te: 'trailers' });
  expect(decodeJwt(seen?.['mesh-call'] as string).sub).toBe(CART);
  expect(seen).not.toHaveProperty('workload-identity-token');
});

test('a gRPC call that is not allowed never reaches the service', async () => {
  using session = dial(router());
  const before = greeter.calls.length;
  for (const as of [thief, null]) {
    const stream = await callGreeter(session, as);
    const [headers] = (await once(stream.end(), 'response')) as [IncomingHttpHeaders];
    expect(headers['mesh-reason']).toBe(as === null ? 'unauthenticated' : 'permission_denied');
  }
  expect(greeter.calls.length).toBe(before);
});

test('many calls at once share few connections', async () => {
  using session = dial(router());
  const calls = await Promise.all(Array.from({ length: 50 }, () => callGreeter(session, cart)));
  const echoed = await Promise.all(calls.map((stream, n) => text(stream.end(`message ${n}`))));
  expect(echoed).toEqual(calls.map((_, n) => `message ${n}`));
});

const offer = async (as: Caller | null) => {
  const headers = { 'mesh-authority': 'chat.shop.mesh', ...(await as?.headersFor('chat.shop.mesh')) };
  return new WebSocket(`${router().replace('http', 'ws')}/room`, { headers });
};

/** What the socket says to `word`, or that it never opened. */
async function say(socket: WebSocket, word: string): Promise<string> {
  const [event] = (await Promise.race([once(socket, 'open'), once(socket, 'error')])) as [Event];
  if (event.type === 'error') return 'refused';
  const answer = once(socket, 'message') as Promise<[MessageEvent]>;
  socket.send(word);
  return String((await answer)[0].data);
}

test('a WebSocket goes through identity, policy and routes, and is told about once it has ended', async () => {
  const socket = await offer(cart);
  expect(await say(socket, 'hello')).toBe('hello');
  const seen = chat.calls.at(-1);
  expect(decodeJwt(seen?.['mesh-call'] as string).sub).toBe(CART);
  expect(seen).not.toHaveProperty('workload-identity-token');
  socket.close();
  await once(socket, 'close');
  const told = (): string | undefined => mesh.program.lines.find((line) => line.includes('"status":101'));
  await vi.waitUntil(() => told() !== undefined);
  expect(JSON.parse(told() as string)).toMatchObject({ source: CART, path: '/room' });
});

test('a WebSocket that is not allowed is refused, and the service hears nothing', async () => {
  const before = chat.calls.length;
  expect(await say(await offer(thief), 'hello')).toBe('refused');
  expect(await say(await offer(null), 'hello')).toBe('refused');
  expect(chat.calls.length).toBe(before);
});

test('a gateway speaks HTTP/2, HTTP/1.1 and WebSocket over TLS', async () => {
  const url = `https://127.0.0.1:${secure}`;
  using session = dial(url, { servername: HOST, ca: first.certificate });
  const stream = session.request({ ':path': '/', ':authority': HOST });
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  expect([headers[':status'], await text(stream)]).toEqual([200, 'plain']);
  const lookup: LookupFunction = (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]);
  const dispatcher = new Agent({ connect: { ca: first.certificate, lookup } });
  const plain = await dispatcher.request({ origin: `https://${HOST}:${secure}`, path: '/', method: 'GET' });
  expect([plain.statusCode, await plain.body.text()]).toEqual([200, 'plain']);
  const socket = new WebSocket(`wss://${HOST}:${secure}/room`, { dispatcher });
  expect(await say(socket, 'secret')).toBe('secret');
  socket.close();
  await once(socket, 'close');
  await dispatcher.close();
});

test('a renewed certificate is shown at once, and open connections go on', async () => {
  const options = { servername: HOST, ca: [first.certificate, second.certificate] };
  using held = dial(`https://127.0.0.1:${secure}`, options);
  await once(held, 'connect');
  await mesh.call('POST', '/v1/apply?wait=10s', [secret('www', second)]);
  using renewed = dial(`https://127.0.0.1:${secure}`, options);
  await once(renewed, 'connect');
  expect((renewed.socket as TLSSocket).getPeerCertificate().subjectaltname).toContain('renewed');
  const [headers] = await once(held.request({ ':path': '/', ':authority': HOST }), 'response');
  expect(headers[':status']).toBe(200);
});

test('a program that stops ends its WebSockets and its HTTP/2 connections, and exits', async () => {
  const socket = await offer(cart);
  expect(await say(socket, 'last')).toBe('last');
  using session = dial(router());
  await once(session, 'remoteSettings');
  const closed = once(socket, 'close');
  expect(await mesh.program.stop()).toBe(0);
  await closed;
});
