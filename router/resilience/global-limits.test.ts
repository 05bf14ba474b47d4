import { expect, test } from 'vitest';
import type { Asked } from '../served.fake.ts';
import { FakeCounters } from './counter-store.fake.ts';
import { CART, limitOf, passTime, served, WEB } from './rates.fake.ts';

const GLOBAL = limitOf({ name: 'all', scope: 'global' });

test('a global limit counts the requests of all routers', async () => {
  const counters = new FakeCounters();
  const [one, other] = [await served({ service: [GLOBAL] }, counters), await served({ service: [GLOBAL] }, counters)];
  expect([...(await one.codes(CART)), ...(await other.codes(CART, CART)), ...(await one.codes(WEB))]).toEqual([
    200,
    200,
    'rate_limited',
    'rate_limited',
  ]);
});

test('what is known to be over is not asked for again, and the store learns no name', async () => {
  const counters = new FakeCounters();
  const limit = limitOf({ scope: 'global', per: { header: 'x-tenant' } });
  const { codes } = await served({ service: [limit] }, counters);
  await codes(...Array<Asked>(6).fill({ from: CART, headers: { 'x-tenant': 'secret-key' } }));
  expect(counters.asked.map(({ cost }) => cost)).toEqual([1, 1]);
  expect(counters.asked[0]?.key).toMatch(/^[\w-]{43}$/);
});

test('what a global limit refuses costs local ones nothing, and the other way round', async () => {
  const counters = new FakeCounters();
  const local = limitOf({ name: 'local', requests: 3, burst: 3, window: 1_000_000 });
  const [one, other] = [
    await served({ service: [local, GLOBAL] }, counters),
    await served({ service: [GLOBAL] }, counters),
  ];
  await other.codes(CART, CART);
  expect(await one.codes(CART, CART)).toEqual(['rate_limited', 'rate_limited']);
  expect(await one.router.ask({ from: CART }).then(({ headers }) => headers.get('ratelimit'))).toMatch(/^"all";r=0/);
  passTime(one.clock, 10_000);
  passTime(other.clock, 10_000);
  expect(await one.codes(CART, CART)).toEqual([200, 200]);
});

test('two global limits: what one gave is given back when the other refuses', async () => {
  const counters = new FakeCounters();
  const narrow = limitOf({ name: 'narrow', scope: 'global', requests: 1, burst: 1 });
  const [one, other] = [
    await served({ service: [GLOBAL, narrow] }, counters),
    await served({ service: [narrow] }, counters),
  ];
  await other.codes(CART);
  expect(await one.codes(CART)).toEqual(['rate_limited']);
  expect(counters.asked.map(({ cost }) => cost)).toEqual([1, 1, 1, -1]);
});

test.each(['fail', 'hang'] as const)(
  'a store that would %s: as the limit says, within 20 ms, and said once',
  async (act) => {
    const counters = new FakeCounters(act);
    const open = await served({ service: [GLOBAL] }, counters);
    const before = open.clock.now();
    expect(await open.codes(CART, CART)).toEqual([200, 200]);
    expect(open.clock.now() - before).toBeLessThanOrEqual(40);
    expect(open.limits()).toEqual(Array(2).fill(['shop/orders/all unknown']));
    const closed = await served({ service: [limitOf({ scope: 'global', onFailure: 'refuse' })] }, counters);
    const reply = await closed.router.ask({ from: CART });
    expect([reply.status, reply.headers.get('retry-after'), reply.headers.has('ratelimit')]).toEqual([503, '1', false]);
    expect(JSON.parse(reply.body as string)).toMatchObject({
      code: 'rate_limited',
      check: 'counter_store_unavailable',
    });
    await closed.codes(CART);
    expect(closed.router.log.lines.filter((line) => line.message.includes('counter store'))).toHaveLength(1);
  },
);

test('while the store is away each router holds to the limit by itself', async () => {
  const { codes } = await served({ service: [GLOBAL] }, new FakeCounters('fail'));
  expect(await codes(CART, CART, CART)).toEqual([200, 200, 'rate_limited']);
});

test('a store that keeps failing is left alone for a while, and asked again', async () => {
  const counters = new FakeCounters('fail');
  const wide = limitOf({ scope: 'global', requests: 100, burst: 100 });
  const { clock, codes, limits } = await served({ service: [wide] }, counters);
  await codes(...Array<string>(8).fill(CART));
  expect(counters.asked).toHaveLength(5);
  counters.act = 'count';
  passTime(clock, 250);
  await codes(CART);
  expect([counters.asked.length, limits().at(-1)]).toEqual([6, undefined]);
});

test('without a counter store global limits act by their onFailure', async () => {
  const { codes, limits, router } = await served({ service: [GLOBAL] });
  expect(await codes(CART)).toEqual([200]);
  expect(limits()).toEqual([['shop/orders/all unknown']]);
  expect(router.log.lines.filter((line) => line.fields.error === 'none is configured')).toHaveLength(1);
});
