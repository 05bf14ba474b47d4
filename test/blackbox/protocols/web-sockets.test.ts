import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { decodeJwt } from 'jose';
import { type CloseEvent, WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Caller, PolicyStore } from '../policy-store.ts';
import { stopAll } from '../process.ts';
import { type Member, RUNTIMES } from '../runtimes.ts';
import { protocolDocuments } from './documents.ts';
import { openChatService } from './services.ts';

const TO = 'chat.shop.mesh';
const CART = 'spiffe://mesh.local/ns/shop/sa/cart';

let mesh: PolicyStore;
let cart: Caller;
let thief: Caller;
let chat: Awaited<ReturnType<typeof openChatService>>;

beforeAll(async () => {
  [mesh, chat] = await Promise.all([PolicyStore.start(), openChatService()]);
  const documents = protocolDocuments({ grpc: 9, chat: chat.port, secure: 0 }) as { kind: string }[];
  await mesh.apply(
    documents.filter(({ kind }) => kind === 'Workload' || kind === 'Service' || kind.endsWith('Policy')),
  );
  cart = await mesh.enrol('shop', 'cart');
  thief = await mesh.enrol('shop', 'thief');
});
afterAll(async () => {
  await chat?.[Symbol.asyncDispose]();
  await mesh?.stop();
  await stopAll();
});

describe.each(RUNTIMES)('on $name', (runtime) => {
  let router: Member;
  beforeAll(async () => {
    router = await runtime.start('router', mesh.joinFile);
  });
  afterAll(() => router?.stop());

  const offer = async (path: string, protocols: string[] = [], to = TO): Promise<WebSocket> => {
    const headers = { 'mesh-authority': to, ...(await cart.headersFor(to)) };
    const socket = new WebSocket(router.url.replace('http', 'ws') + path, { headers, protocols });
    socket.binaryType = 'arraybuffer';
    return socket;
  };
  const opened = async (path: string, protocols?: string[]): Promise<WebSocket> => {
    const socket = await offer(path, protocols);
    await once(socket, 'open');
    return socket;
  };
  const said = async (socket: WebSocket): Promise<unknown> =>
    ((await once(socket, 'message')) as [MessageEvent])[0].data;
  const left = async (socket: WebSocket): Promise<CloseEvent> => ((await once(socket, 'close')) as [CloseEvent])[0];
  /** The answer to a handshake that is refused. */
  const refusal = async (as: Caller | null, path = '/room'): Promise<IncomingMessage> => {
    const sent = request(router.url + path, {
      agent: false,
      headers: {
        'mesh-authority': TO,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...(await as?.headersFor(TO)),
      },
    }).end();
    return ((await once(sent, 'response')) as [IncomingMessage])[0].resume();
  };

  test('what either end says arrives as it was, text and bytes, under the identity of the caller', async () => {
    const socket = await opened('/room');
    socket.send('grüße');
    expect(await said(socket)).toBe('grüße');
    socket.send(new Uint8Array([0, 255, 128]));
    expect(new Uint8Array((await said(socket)) as ArrayBuffer)).toEqual(new Uint8Array([0, 255, 128]));
    const seen = chat.calls.at(-1);
    expect(decodeJwt(seen?.['mesh-call'] as string).sub).toBe(CART);
    expect(seen).not.toHaveProperty('workload-identity-token');
    expect(seen?.[runtime.sendsHost && runtime.name !== 'deno' ? 'host' : 'x-forwarded-host']).toBe(TO);
    socket.close();
    await left(socket);
  });

  test('the service chooses the protocol, and may speak first', async () => {
    const socket = await offer('/greet', ['soap', 'wamp']);
    expect(await said(socket)).toBe('welcome');
    expect(socket.protocol).toBe('wamp');
    socket.close();
    await left(socket);
  });

  test('closing goes through with its code and its reason', async () => {
    const socket = await opened('/room');
    socket.close(4001, 'enough');
    expect(await left(socket)).toMatchObject({ code: 4001, reason: 'enough', wasClean: true });
  });

  test('a service that goes away says so', async () => {
    // A program may not say 1001 with the WebSocket of the Web, which Deno serves with.
    expect((await left(await offer('/leave'))).code).toBe(runtime.name === 'deno' ? 1005 : 1001);
  });

  test('a handshake is refused as any request is, and the service hears nothing', async () => {
    const before = chat.calls.length;
    for (const [as, status, reason] of [
      [thief, 403, 'permission_denied'],
      [null, 401, 'unauthenticated'],
    ] as const) {
      const { statusCode, headers } = await refusal(as);
      expect([statusCode, headers['mesh-reason']]).toEqual([status, reason]);
      expect(headers['content-type']).toBe('application/problem+json');
    }
    expect(chat.calls.length).toBe(before);
  });

  test('what a service answers in place of a WebSocket is the answer', async () => {
    const before = chat.calls.length;
    expect((await refusal(cart, '/no')).statusCode).toBe(403);
    expect(chat.calls.length).toBe(before + 1);
  });

  test('a WebSocket holds its place at the service until it is closed', async () => {
    const first = await offer('/room', [], 'small-chat.shop.mesh');
    await once(first, 'open');
    const second = await offer('/room', [], 'small-chat.shop.mesh');
    const order: string[] = [];
    second.addEventListener('open', () => order.push('second open'));
    // A whole turn to the service and back: the second one had time to come in, if it could.
    for (const text of ['one', 'two', 'three']) {
      first.send(text);
      await said(first);
    }
    order.push('first closes');
    first.close();
    await once(second, 'open');
    expect(order).toEqual(['first closes', 'second open']);
    second.close();
    await left(second);
  });

  test('a client that vanishes takes its WebSocket along', async () => {
    const { hostname, port } = new URL(router.url);
    await expect.poll(() => chat.open()).toBe(0);
    const socket = connect(Number(port), hostname);
    const identity = Object.entries(await cart.headersFor(TO)).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      `GET /room HTTP/1.1\r\nHost: ${TO}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${identity.join('')}\r\n`,
    );
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 101/);
    expect(chat.open()).toBe(1);
    socket.resetAndDestroy();
    await expect.poll(() => chat.open()).toBe(0);
  });
});
