import { expect, test } from 'vitest';
import { Refusal } from '../exchange.ts';
import { HeaderList } from '../headers.ts';
import { answers, FakeClock, RecordedLog, ScriptedTransport } from '../ports.fake.ts';
import { CART, limitOf, meshWith, passTime, served, WEB } from '../resilience/rates.fake.ts';
import { createRates } from '../resilience/rates.ts';
import { MESH, serviceAt } from '../routing/mesh.fake.ts';
import type { Asked } from '../served.fake.ts';
import { limitRate } from './limit-rate.ts';

test('lets in what there is room for, and again after the time that it says', async () => {
  const { router, clock, codes } = await served({ service: [limitOf()] });
  expect(await codes(CART, WEB, CART)).toEqual([200, 200, 'rate_limited']);
  const reply = await router.ask({ from: WEB });
  expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '5']);
  passTime(clock, 5_000);
  expect(await codes(CART, CART)).toEqual([200, 'rate_limited']);
});

test('a refusal tells the limits, the one that refuses, and when to come back', async () => {
  const wide = limitOf({ name: 'wide', requests: 100, burst: 100, window: 60_000 });
  const { router, codes } = await served({ service: [wide, limitOf({ window: 500 })] });
  await codes(CART, CART);
  const { headers, body } = await router.ask({ from: CART });
  const told = [...headers].filter(([name]) => name.startsWith('ratelimit') || name === 'retry-after');
  expect(Object.fromEntries(told)).toEqual({
    'retry-after': '1',
    'ratelimit-policy': '"wide";q=100;w=60, "some";q=2',
    ratelimit: '"some";r=0;t=1',
    'ratelimit-limit': '2',
    'ratelimit-remaining': '0',
    'ratelimit-reset': '1',
  });
  expect(JSON.parse(body as string)).toMatchObject({ status: 429, code: 'rate_limited' });
});

test('an answer that passes tells the limits and the nearest one, beside what the service tells of its own', async () => {
  const wide = limitOf({ name: 'wide', requests: 9, burst: 9, window: 60_000 });
  const shadow = limitOf({ name: 'tried', mode: 'shadow' });
  const transport = new ScriptedTransport(answers(200, { ratelimit: '"db";r=1;t=2' }));
  const { router } = await served({ service: [wide, limitOf(), shadow] }, undefined, transport);
  const { headers } = await router.ask({ from: CART });
  expect(headers.getAll('ratelimit')).toEqual(['"db";r=1;t=2', '"some";r=1;t=5']);
  expect(headers.getAll('ratelimit-policy')).toEqual(['"wide";q=9;w=60, "some";q=2;w=10']);
});

test('a gRPC caller is refused in its own way, with the same headers', async () => {
  const { router, codes } = await served({ service: [limitOf()] });
  await codes(CART, CART);
  const { status, headers } = await router.ask({ from: CART, headers: { 'content-type': 'application/grpc' } });
  expect([status, headers.get('grpc-status'), headers.get('retry-after')]).toEqual([200, '8', '5']);
});

test('each caller has a count of its own; those without identity share one', async () => {
  const { codes } = await served({ service: [limitOf({ per: 'caller', requests: 1, burst: 1 })], permissive: true });
  expect(await codes(CART, WEB, {}, CART, { headers: { 'x-who': 'other' } }, WEB)).toEqual([
    200,
    200,
    200,
    'rate_limited',
    'rate_limited',
    'rate_limited',
  ]);
});

test('each value of a header has a count of its own, and requests without it share one', async () => {
  const { codes } = await served({ service: [limitOf({ per: { header: 'x-tenant' }, requests: 1, burst: 1 })] });
  const as = (tenant?: string): Asked => ({ from: CART, headers: tenant === undefined ? {} : { 'x-tenant': tenant } });
  expect(await codes(as('a'), as('b'), as(), as('a'), as())).toEqual([200, 200, 200, 'rate_limited', 'rate_limited']);
});

test('limits of the service, the rule and the backend must all have room, and what one refuses costs the others nothing', async () => {
  const one = (name: string, burst: number, window = 1_000_000) => [limitOf({ name, requests: 1, burst, window })];
  const { clock, codes, limits } = await served({
    service: one('a', 3),
    route: one('b', 2),
    backend: one('c', 1, 10_000),
  });
  expect(await codes(CART, CART, CART, CART)).toEqual([200, 'rate_limited', 'rate_limited', 'rate_limited']);
  expect(limits()).toEqual([undefined, ...Array(3).fill(['shop/orders-v2/c refused'])]);
  passTime(clock, 10_000);
  // `a` and `b` fill slowly: had the refusals cost them anything, they would have nothing left.
  expect(await codes(CART)).toEqual([200]);
});

test('of several that refuse, the one that does longest is told', async () => {
  const { router, codes } = await served({
    service: [limitOf({ name: 'soon', burst: 1 }), limitOf({ name: 'late', burst: 1, window: 100_000 })],
  });
  await codes(CART);
  const { headers } = await router.ask({ from: CART });
  expect([headers.get('ratelimit'), headers.get('retry-after')]).toEqual(['"late";r=0;t=50', '50']);
});

test('a limit in shadow refuses nobody, and what it would have refused is recorded', async () => {
  const { codes, limits } = await served({ service: [limitOf({ mode: 'shadow' })] });
  expect(await codes(CART, CART, CART)).toEqual([200, 200, 200]);
  expect(limits()).toEqual([undefined, undefined, ['shop/orders/some shadow']]);
});

test('a change of the policies forgets no count', async () => {
  const { router, codes } = await served({ service: [limitOf()] });
  await codes(CART, CART);
  const other = meshWith({ service: [limitOf()] });
  router.change(other);
  expect(await codes(CART)).toEqual(['rate_limited']);
});

test('at a gateway a caller is an end user; those from outside without a token share one count', () => {
  const clock = new FakeClock();
  const parts = { ports: { clock }, rates: createRates({ clock, log: new RecordedLog().log }) };
  const { traffic } = serviceAt('shop/orders').chunk;
  const limits = [limitOf({ per: 'caller', requests: 1, burst: 1 })];
  const service = serviceAt('shop/orders', { traffic: { ...traffic, rateLimits: limits } });
  const facts = { parts, snapshot: { mesh: MESH }, headers: new HeaderList(), principal: null, rule: null };
  const askAs = (user: string | null) => {
    const endUser = user === null ? null : { principal: `https://login.test/${user}` };
    const backend = { service, widerPolicies: [], port: 80, filters: [] };
    return limitRate({ ...facts, backend, endUser, gateway: 'shop/front' });
  };
  const refused = ['ann', 'bob', null, 'ann', null].map((user) => askAs(user) instanceof Refusal);
  expect(refused).toEqual([false, false, false, true, true]);
});
