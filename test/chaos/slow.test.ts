import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { OpenStore } from '../attacks/open-store.ts';
import type { Caller } from '../blackbox/policy-store.ts';
import { jsonReady, Program, stopAll } from '../blackbox/process.ts';
import { type Member, RUNTIMES } from '../blackbox/runtimes.ts';
import { until } from './conditions.ts';
import { chaosServices, urlOf } from './liar-documents.ts';
import { Load } from './load.ts';
import { LyingUpstream } from './lying-upstream.ts';
import { residentOf } from './memory.ts';

const ORDERS = 'orders.shop.mesh';
const MB = 1024 * 1024;
/** What all these slow clients together may cost, bytes: readers of endless bodies would be far beyond it within a second. */
const MOST = 250 * MB;

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
    await until('100 answers', () => load.succeeded > 100);
  });
  afterEach(() => {
    expect(load.wrong).toEqual([]);
    expect(load.failed).toEqual([]);
  });
  afterAll(async () => {
    await load?.stop();
    await router?.program.stop('SIGKILL');
    await router?.stop();
  });

  /** So many clients of a kind, in a process of their own. */
  const clients = (kind: string, count: number, headers: object): Promise<Program> => {
    const orders = JSON.stringify({ url: router.url, kind, count, headers });
    return Program.start(process.execPath, ['test/chaos/slow-clients.ts', orders], { ready: jsonReady });
  };
  const honestGoOn = async (): Promise<void> => {
    const after = load.since();
    await until('60 honest answers', () => after().length > 60);
  };

  test('slow heads, slow bodies and readers that read nothing keep nobody from being served', async () => {
    const before = residentOf(router.program);
    const nonces = { body: crypto.randomUUID(), reader: crypto.randomUUID() };
    const identity = await cart.headersFor(ORDERS);
    const headers = { host: ORDERS, ...identity, 'mesh-deadline': String(Date.now() + 60_000) };
    const slow = await Promise.all([
      clients('head', 300, headers),
      clients('body', 300, { ...headers, 'x-nonce': nonces.body }),
      clients('reader', 30, { ...headers, 'x-nonce': nonces.reader }),
    ]);
    await until('all bodies on their way', () => upstream.of(nonces.body).count === 300);
    await honestGoOn();
    expect(residentOf(router.program) - before).toBeLessThan(MOST);
    await Promise.all(slow.map((program) => program.stop('SIGKILL')));
    await until('their calls are let go of', () => upstream.open < 30);
    expect(upstream.of(nonces.body).complete).toBe(false);
    await honestGoOn();
    expect(residentOf(router.program) - before).toBeLessThan(MOST);
  });

  // All hold as many; it is the seconds that are dear.
  const count = runtime.name === 'node' ? 10_000 : 1_000;
  test(`${count} idle connections`, async () => {
    const before = residentOf(router.program);
    const wave = async (): Promise<number> => {
      const idle = await clients('idle', count, { host: 'nowhere.shop.mesh' });
      await honestGoOn();
      const during = residentOf(router.program);
      await idle.stop('SIGKILL');
      await honestGoOn();
      return during;
    };
    const first = await wave();
    expect((first - before) / count).toBeLessThan(64 * 1024);
    // A runtime keeps memory for later; that it was free is shown by those who come later.
    expect(await wave()).toBeLessThan(first * 1.2 + 16 * MB);
  });
});
