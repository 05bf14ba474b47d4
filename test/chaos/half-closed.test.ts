import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OpenStore } from '../attacks/open-store.ts';
import type { Caller } from '../blackbox/policy-store.ts';
import { stopAll } from '../blackbox/process.ts';
import { type Member, RUNTIMES } from '../blackbox/runtimes.ts';
import { ask } from './ask.ts';
import { until } from './conditions.ts';
import { chaosServices, urlOf } from './liar-documents.ts';
import { Load } from './load.ts';
import { LyingUpstream } from './lying-upstream.ts';

const ORDERS = 'orders.shop.mesh';

let store: OpenStore;
let upstream: LyingUpstream;
let cart: Caller;
beforeAll(async () => {
  [store, upstream] = await Promise.all([OpenStore.start(), LyingUpstream.start()]);
  await store.post('/v1/apply', chaosServices({ orders: [urlOf(upstream.port)] }));
  cart = await store.enrol('shop', 'cart');
});
afterAll(async () => {
  upstream?.stop();
  await store?.stop();
  await stopAll();
});

describe.each(RUNTIMES)('$name', (runtime) => {
  let router: Member;
  let load: Load;
  beforeAll(async () => {
    router = await runtime.start('router', store.joinFile);
    load = new Load({ url: router.url, to: ORDERS, as: cart, workers: 2 });
  });
  afterAll(async () => {
    await load?.stop();
    await router?.program.stop('SIGKILL');
    await router?.stop();
  });

  const honestGoOn = async (): Promise<void> => {
    const ended = load.since();
    await until('60 honest answers', () => ended().length > 60);
  };

  /** A request as bytes, on a connection of its own. */
  async function begin(nonce: string, first: string, ...more: readonly string[]): Promise<Socket> {
    const { hostname, port } = new URL(router.url);
    const identity = Object.entries(await cart.headersFor(ORDERS)).map(([name, value]) => `${name}: ${value}`);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const lines = [`${first} HTTP/1.1`, `host: ${ORDERS}`, `x-nonce: ${nonce}`, ...identity, ...more];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    return socket;
  }

  test.each([
    ['of a known length', 'content-length: 100000', 'x'.repeat(10_000)],
    ['in chunks', 'transfer-encoding: chunked', `2710\r\n${'x'.repeat(10_000)}\r\n`],
  ])(
    'uploads %s that a client breaks off are broken for the service, and no word against it',
    async (_, framing, part) => {
      const nonces = Array.from({ length: 10 }, () => crypto.randomUUID());
      for (const nonce of nonces) {
        const socket = await begin(nonce, 'POST /echo', framing);
        socket.write(part);
        await until('it is on its way', () => upstream.of(nonce).bytes > 0);
        socket.resetAndDestroy();
        await until('the service sees it break', () => upstream.of(nonce).broken);
      }
      expect(nonces.filter((nonce) => upstream.of(nonce).complete)).toEqual([]);
      const after = load.since();
      await until('60 honest answers', () => after().length > 60);
      expect([load.failed, load.wrong]).toEqual([[], []]);
    },
  );

  test('a small upload that breaks off is never sent as if it were whole', async () => {
    const nonces = Array.from({ length: 100 }, () => crypto.randomUUID());
    for (const nonce of nonces) {
      const socket = await begin(nonce, 'PUT /echo', 'content-length: 1000');
      socket.write('x'.repeat(500), () => socket.resetAndDestroy());
    }
    await honestGoOn();
    expect(nonces.filter((nonce) => upstream.of(nonce).complete)).toEqual([]);
    expect([load.failed, load.wrong]).toEqual([[], []]);
  });

  test('a client that has said all and closes its side', async () => {
    const nonce = crypto.randomUUID();
    const socket = await begin(nonce, 'GET /echo', 'connection: close');
    socket.end();
    const answer = await text(socket).catch(() => '');
    socket.destroy();
    expect(answer === '' || answer.endsWith(nonce)).toBe(true);
    // Others may take the end of what a client says for its going away, as Envoy does.
    if (runtime.name === 'workerd') expect(answer).not.toBe('');
  });

  test('a service that answers before it has read all, and closes its side', async () => {
    const nonce = crypto.randomUUID();
    const headers = { ...(await cart.headersFor(ORDERS)), 'x-nonce': nonce };
    const body = 'x'.repeat(4_000_000);
    const seen = await ask(router.url, { to: ORDERS, path: '/answer-early-fin', method: 'POST', headers, body });
    expect(seen.end).not.toBe('hung');
    if (seen.end === 'whole') expect([nonce, '502']).toContain(seen.status === 200 ? seen.body : String(seen.status));
    expect(upstream.of(nonce).count).toBe(1);
  });
});
