import { describe, expect, test } from 'vitest';
import type { ServiceChunk } from '../../snapshot/chunk.ts';
import type { Fallback, RouteRule } from '../../snapshot/route.ts';
import { meshPipeline } from '../pipeline.ts';
import { type Act, answers, FakeBody, FakeClock, fails, hangs, ScriptedTransport, slowly } from '../ports.fake.ts';
import { chunkWith, SeededChance } from '../resilience/health.fake.ts';
import { backendAtWeight, policyAt, ruleAt, serviceAt, tableOf } from '../routing/mesh.fake.ts';
import { codeOf, Served } from '../served.fake.ts';

const CART = 'spiffe://mesh.local/ns/shop/sa/cart';

/** Acts by endpoint, that can be changed on the way. */
class ByEndpoint extends ScriptedTransport {
  constructor(acts: Record<string, Act>) {
    super((call, cancel) => (acts[call.endpoint.id] ?? answers(200))(call, cancel));
  }
}

interface Given {
  readonly acts?: Record<string, Act>;
  readonly clock?: FakeClock;
  readonly rule?: Partial<RouteRule>;
  readonly traffic?: Parameters<typeof chunkWith>[1];
  readonly endpoints?: Parameters<typeof chunkWith>[0];
  readonly region?: string;
}

/** `orders` of three endpoints; beside it `spare`, `closed` (nobody may) and `also` of one each. */
function given({ acts = {}, clock, rule, traffic, endpoints = { a: 1, b: 1, c: 1 }, region }: Given = {}) {
  const table = rule && tableOf(ruleAt(0, { backends: [backendAtWeight('shop/orders')], ...rule }));
  const orders: Partial<ServiceChunk> = {
    ...chunkWith(endpoints, traffic),
    peerAuthentication: 'PERMISSIVE',
    routes: { default: table ?? null, byPort: {} },
  };
  const at = (id: string) => ({ endpoints: [{ id, url: `http://127.0.0.1/${id}`, weight: 1 }] });
  const services = [
    serviceAt('shop/orders', orders),
    serviceAt('shop/spare', at('spare')),
    serviceAt('shop/also', at('also')),
    serviceAt('shop/closed', { ...at('closed'), policies: [policyAt('shop/none', 'DENY', {})] }),
  ];
  return Served.start(meshPipeline, {
    reporter: 'router',
    mesh: { services, mesh: { defaultAuthorization: 'allow' } },
    transport: new ByEndpoint(acts),
    random: new SeededChance(1),
    ...(clock && { clock }),
    ...(region !== undefined && { region }),
  });
}

const DOWN = { a: answers(503), b: answers(503), c: answers(503) };
const BY_CHANCE = { balancing: { policy: 'random' } } as const;
const START = new FakeClock().now();
const NO_RETRY = { retry: { limit: 0 } };

/** Until every breaker of `orders` is open. */
async function allOpen(more: Given = {}): Promise<Served> {
  const served = await given({ acts: { ...DOWN }, traffic: { ...NO_RETRY, ...more.traffic }, ...more });
  for (let n = 0; n < 60 && (served.transport.endpoints.length < 21 || n < 30); n++)
    await served.ask({ method: 'POST' });
  return served;
}

const countOf = (served: Served, id: string): number => served.transport.endpoints.filter((one) => one === id).length;

describe('all endpoints out', () => {
  test('the answer is circuit_open at once, and nothing is sent', async () => {
    const served = await allOpen();
    const [sent, now] = [served.transport.calls.length, served.clock.now()];
    const reply = await served.ask();
    expect([reply.status, codeOf(reply), reply.headers.get('mesh-reason')]).toEqual([
      503,
      'circuit_open',
      'circuit_open',
    ]);
    expect([served.transport.calls.length - sent, served.clock.now() - now]).toEqual([0, 0]);
    expect(sent).toBe(21);
  });

  test('one request finds out that an endpoint is back', async () => {
    const clock = new FakeClock();
    const acts: Record<string, Act> = { ...DOWN };
    const served = await allOpen({ clock, acts });
    for (const id of Object.keys(acts)) acts[id] = answers(200);
    clock.after(1500, () => {});
    clock.next();
    expect((await served.ask()).status).toBe(200);
  });

  test.each<[string, Parameters<Served['ask']>[0], boolean]>([
    ['a GET', {}, true],
    ['a PUT with a small body', { method: 'PUT', body: new FakeBody(9) }, true],
    ['a PUT with a stream', { method: 'PUT', body: new FakeBody('stream') }, false],
    ['a POST', { method: 'POST' }, false],
    ['a retry of the caller', { from: CART, headers: { 'mesh-attempt': '2' } }, false],
  ])('%s is a probe where others are in: only what can be sent again', async (_, asked, probes) => {
    const clock = new FakeClock();
    const acts: Record<string, Act> = { a: answers(503) };
    const served = await given({ clock, acts, traffic: { ...BY_CHANCE, breaker: { openBase: 10_000 } } });
    for (let n = 0; n < 99 && countOf(served, 'a') < 7; n++) await served.ask({ method: 'POST' });
    acts.a = answers(200);
    clock.after(16_000 - (clock.now() - START), () => {});
    clock.next();
    await served.ask(asked);
    expect(countOf(served, 'a')).toBe(probes ? 8 : 7);
  });

  test('the last try that opened the last breaker answers by itself', async () => {
    const served = await given({ acts: { a: answers(503, { 'x-from': 'a' }) }, endpoints: { a: 1 } });
    const replies = [];
    for (let n = 0; n < 3; n++) replies.push(await served.ask());
    expect(replies.map(({ headers }) => headers.get('x-from'))).toEqual(['a', 'a', 'a']);
    expect([countOf(served, 'a'), codeOf(await served.ask())]).toEqual([7, 'circuit_open']);
  });
});

test('an endpoint that always fails gets seven tries, and its callers notice nothing', async () => {
  const served = await given({ acts: { a: fails('connect') }, traffic: { balancing: { policy: 'random' } } });
  for (let n = 0; n < 60; n++) expect((await served.ask({ method: 'POST' })).status).toBe(200);
  expect(countOf(served, 'a')).toBe(7);
});

describe('the retry budget', () => {
  const poor = { retry: { budget: { share: 0, floor: 0.1, window: 10_000 } }, breaker: { failures: 0 } };

  test('a try without an answer is the last when it is spent, and says so', async () => {
    const served = await given({ acts: { a: fails('reset') }, endpoints: { a: 1 }, traffic: poor });
    const codes = [codeOf(await served.ask()), codeOf(await served.ask())];
    expect(codes).toEqual(['retry_budget_exhausted', 'retry_budget_exhausted']);
    expect(served.transport.calls).toHaveLength(3);
  });

  test('an answer passes on as it is', async () => {
    const served = await given({ acts: { a: answers(503, { 'x-from': 'a' }) }, endpoints: { a: 1 }, traffic: poor });
    await served.ask();
    const reply = await served.ask();
    expect([reply.headers.get('x-from'), reply.headers.get('mesh-reason')]).toEqual(['a', undefined]);
  });

  test('what may not be sent again anyway takes nothing from it', async () => {
    const served = await given({ acts: { a: fails('reset') }, endpoints: { a: 1 }, traffic: poor });
    for (let n = 0; n < 5; n++) expect(codeOf(await served.ask({ method: 'POST' }))).toBe('upstream_reset');
    await served.ask();
    expect(served.transport.calls).toHaveLength(7);
  });

  test('retries of a caller buy none here', async () => {
    const share = { retry: { budget: { share: 1, floor: 0, window: 10_000 } }, breaker: { failures: 0 } };
    const served = await given({ acts: { a: fails('reset') }, endpoints: { a: 1 }, traffic: share });
    for (let n = 0; n < 5; n++) await served.ask({ from: CART, headers: { 'mesh-attempt': '2' } });
    await served.ask({ from: CART });
    expect(served.transport.calls).toHaveLength(7);
  });
});

test('callers with little time open no breaker', async () => {
  const served = await given({ acts: { a: hangs }, endpoints: { a: 1 } });
  for (let n = 0; n < 10; n++) {
    const deadline = String(served.clock.now() + 20);
    await served.ask({ from: CART, method: 'POST', headers: { 'mesh-deadline': deadline } });
  }
  expect(served.transport.calls).toHaveLength(10);
});

test('nor do clients that send their bodies slowly; a service that has all of it and does not answer does', async () => {
  const slow = await given({ acts: { a: hangs }, endpoints: { a: 1 } });
  for (let n = 0; n < 10; n++) await slow.ask({ method: 'POST', body: new FakeBody('stream') });
  expect(slow.transport.calls).toHaveLength(10);
  const hanging = await given({ acts: { a: hangs }, endpoints: { a: 1 } });
  for (let n = 0; n < 10; n++) await hanging.ask({ method: 'POST', body: new FakeBody(9) });
  expect(hanging.transport.calls.length).toBeLessThan(10);
});

test('a bug of a transport leaves nothing behind at the endpoint', async () => {
  const broken: Act = () => Promise.reject(new TypeError('bug'));
  const served = await given({ acts: { a: broken }, endpoints: { a: 1 } });
  for (let n = 0; n < 10; n++) expect((await served.ask()).status).toBe(500);
  expect(served.transport.calls).toHaveLength(10);
});

describe('another backend of the rule', () => {
  const backends = [
    backendAtWeight('shop/orders', 1),
    backendAtWeight('shop/closed', 0.001),
    backendAtWeight('shop/spare', 0.001),
  ];

  test('takes over, in its own name, when all endpoints of one are out', async () => {
    const served = await allOpen({ rule: { backends } });
    const record = await served.tell({ from: CART });
    expect(record).toMatchObject({ status: 200, backend: 'shop/spare', attempts: [{ endpoint: 'spare' }] });
    const call = served.transport.calls.at(-1)?.headers.get('mesh-call')?.split('.')[1] ?? '';
    expect(JSON.parse(atob(call))).toMatchObject({ aud: 'spiffe://mesh.local/ns/shop/sa/spare', sub: CART });
  });

  test('never one whose policies do not let the caller in', async () => {
    const served = await allOpen({ rule: { backends: backends.slice(0, 2) } });
    expect(codeOf(await served.ask({ from: CART }))).toBe('circuit_open');
    expect(countOf(served, 'closed')).toBe(0);
  });

  test('with its own filters, and those of the answer', async () => {
    const filters = [
      { type: 'URLRewrite', path: { type: 'ReplaceFullPath', replaceFullPath: '/spare' } },
      { type: 'ResponseHeaderModifier', set: [{ name: 'x-by', value: 'spare' }] },
    ] as const;
    const rule = { backends: [backends[0], backendAtWeight('shop/spare', 0.001, filters)] as typeof backends };
    const served = await allOpen({ rule });
    const reply = await served.ask({ target: '/a?b' });
    expect([served.transport.calls.at(-1)?.target, reply.headers.get('x-by')]).toEqual(['/spare?b', 'spare']);
  });

  test('also within one request, when its try opened the last breaker', async () => {
    const rule = { backends: [backends[0], backends[2]] as typeof backends };
    const served = await given({ acts: { a: answers(503) }, endpoints: { a: 1 }, rule });
    const statuses = [];
    for (let n = 0; n < 4; n++) statuses.push((await served.ask()).status);
    expect([statuses, countOf(served, 'a')]).toEqual([[503, 503, 200, 200], 7]);
  });
});

describe('a fallback', () => {
  const to = (name: string): Fallback => ({ service: { namespace: 'shop', name, port: 80 } });

  test('to a service is called in its own name', async () => {
    const served = await allOpen({ rule: { fallback: to('spare') } });
    expect(await served.tell({ from: CART })).toMatchObject({ status: 200, backend: 'shop/spare' });
  });

  test('of the service holds where the rule has none', async () => {
    const served = await allOpen({ traffic: { ...NO_RETRY, fallback: to('also') } });
    expect(await served.tell({ from: CART })).toMatchObject({ status: 200, backend: 'shop/also' });
  });

  test.each(['closed', 'orders', 'unknown'])('to %s leads nowhere', async (name) => {
    const served = await allOpen({ rule: { fallback: to(name) } });
    expect(codeOf(await served.ask({ from: CART }))).toBe('circuit_open');
  });

  test('to a service that is out as well is the end', async () => {
    const served = await allOpen({ acts: { ...DOWN, spare: answers(503) }, rule: { fallback: to('spare') } });
    expect(countOf(served, 'spare')).toBe(7);
    expect(codeOf(await served.ask())).toBe('circuit_open');
  });

  test('for a service without endpoints as well', async () => {
    const served = await given({ endpoints: {}, rule: { fallback: to('spare') } });
    expect((await served.ask()).status).toBe(200);
  });

  const answer = { status: 200, headers: [{ name: 'Content-Type', value: 'application/json' }], body: '{"items":[]}' };

  test('that is an answer is given with the reason', async () => {
    const served = await allOpen({ rule: { fallback: { answer } } });
    const reply = await served.ask();
    expect([reply.status, reply.body, reply.headers.get('content-type'), reply.headers.get('mesh-reason')]).toEqual([
      200,
      '{"items":[]}',
      'application/json',
      'circuit_open',
    ]);
    expect(await served.tell()).toMatchObject({ status: 200, reason: 'circuit_open', backend: undefined });
    expect((await served.ask({ method: 'HEAD' })).body).toBe(null);
  });

  test('is not asked as long as an endpoint is in', async () => {
    const served = await given({
      acts: { a: answers(500), b: answers(500), c: answers(500) },
      rule: { fallback: { answer } },
    });
    for (let n = 0; n < 30; n++) expect((await served.ask()).status).toBe(500);
  });
});

describe('hedging', () => {
  const hedged = (acts: Record<string, Act>, more: Given = {}) =>
    given({ acts, endpoints: { a: 1, b: 1 }, ...more, traffic: { hedge: { delay: 50 }, ...more.traffic } });
  const slowFirst = (clock: FakeClock): Record<string, Act> => {
    let n = 0;
    const act: Act = (call, cancel) => (n++ === 0 ? slowly(clock, 5000) : answers(200))(call, cancel);
    return { a: act, b: act };
  };

  test('a second try goes elsewhere when the first is slow, and its answer comes back', async () => {
    const clock = new FakeClock();
    const served = await hedged(slowFirst(clock), { clock });
    const start = clock.now();
    const record = await served.tell();
    expect([record.status, clock.now() - start, new Set(served.transport.endpoints).size]).toEqual([200, 50, 2]);
    expect(served.transport.calls.map(({ headers }) => headers.get('mesh-attempt'))).toEqual([undefined, '2']);
    expect(record.attempts.map(({ failure }) => failure)).toContain('superseded');
    expect(clock.pendingTimers).toBe(0);
  });

  test.each<[string, Parameters<Served['ask']>[0]]>([
    ['a method that changes something', { method: 'PUT' }],
    ['a request with a body', { body: new FakeBody(3) }],
    ['a retry of the caller', { from: CART, headers: { 'mesh-attempt': '2' } }],
    ['an upgrade', { upgrade: 'websocket' }],
  ])('never of %s', async (_, asked) => {
    const clock = new FakeClock();
    const served = await hedged(slowFirst(clock), { clock });
    expect((await served.ask(asked)).status).toBe(200);
    expect(served.transport.calls).toHaveLength(1);
  });

  test('is paid from the budget', async () => {
    const clock = new FakeClock();
    const slow = slowly(clock, 500);
    const traffic = { retry: { budget: { share: 0, floor: 0.5, window: 10_000 } } };
    const served = await hedged({ a: slow, b: slow }, { clock, traffic });
    for (let n = 0; n < 5; n++) await served.ask();
    expect(served.transport.calls).toHaveLength(7);
  });

  test('not at the endpoint that is slow already', async () => {
    const clock = new FakeClock();
    const served = await hedged({ a: slowly(clock, 500) }, { clock, endpoints: { a: 1 } });
    await served.ask();
    expect(served.transport.calls).toHaveLength(1);
  });

  test('by the p95 waits until there is one', async () => {
    const clock = new FakeClock();
    const acts: Record<string, Act> = { a: slowly(clock, 20), b: slowly(clock, 20) };
    const served = await hedged(acts, { clock, traffic: { hedge: { delay: 'p95' } } });
    for (let n = 0; n < 32; n++) await served.ask();
    expect(served.transport.calls).toHaveLength(32);
    Object.assign(acts, slowFirst(clock));
    const start = clock.now();
    await served.ask();
    expect([clock.now() - start, served.transport.calls.length]).toEqual([20, 34]);
  });
});

test('a router asks its own region first, and another one where there was no answer', async () => {
  const endpoints = { eu: { region: 'eu' }, eu2: { region: 'eu' }, us: { region: 'us' } };
  const served = await given({
    endpoints,
    region: 'eu',
    acts: { eu: hangs, eu2: hangs },
    traffic: { tryTimeout: 100 },
  });
  expect((await served.ask()).status).toBe(200);
  expect(served.transport.endpoints[1]).toBe('us');
});

test('a consistent hash of a query parameter, a header or the caller keeps to one endpoint', async () => {
  const hashes = [{ from: 'query', name: 'user' }, { from: 'header', name: 'X-User' }, { from: 'principal' }] as const;
  for (const hash of hashes) {
    const served = await given({ traffic: { balancing: { policy: 'consistent-hash', hash } } });
    for (let n = 0; n < 10; n++) await served.ask({ from: CART, target: '/?user=7', headers: { 'x-user': '7' } });
    expect(new Set(served.transport.endpoints).size).toBe(1);
  }
});
