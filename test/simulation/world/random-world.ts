import fc from 'fast-check';
import { Cancellation } from '../../../router/cancellation.ts';
import { FakeBody } from '../../../router/ports.fake.ts';
import type { RequestRecord } from '../../../router/telemetry/record.ts';
import { endpoints, routers, traffic } from './orders.ts';
import { SeededRandom } from './seeded-random.ts';
import type { Fault, Outcome } from './simulated-endpoint.ts';
import { World } from './world.ts';

const FAULTS: readonly Fault[] = [
  'refuse',
  'reset',
  'hang',
  ...[425, 429, 500, 502, 503, 504].map((status) => ({ status })),
  ...[429, 503].map((status) => ({ status, retryAfter: 0 })),
  ...[500, 502, 503, 504].map((status) => ({ status, worked: true }) as const),
];

/** Everything that a policy may ask for, short of `retry.unsafe`. */
export const RANDOM_POLICY = fc.record({
  limit: fc.integer({ min: 0, max: 5 }),
  codes: fc.uniqueArray(fc.constantFrom(425, 429, 500, 502, 503, 504)),
  /** The rule's own retry stanza, in place of the service's. */
  stanza: fc.option(fc.uniqueArray(fc.constantFrom(425, 429, 500, 502, 503, 504)), { nil: undefined }),
  tryTimeout: fc.constantFrom(0, 20, 200),
  requestTimeout: fc.constantFrom(0, 60, 1000),
  hedge: fc.constantFrom(undefined, 0, 5, 'p95' as const),
  balancing: fc.constantFrom('peak-ewma' as const, 'round-robin' as const, 'consistent-hash' as const),
  failures: fc.constantFrom(0, 1, 7),
  panicThreshold: fc.constantFrom(0, 0.6),
  fallback: fc.boolean(),
  backends: fc.integer({ min: 1, max: 2 }),
  /** Requests at the same time; a few more may wait a little. */
  concurrency: fc.constantFrom(undefined, 1, 5),
});

export const RANDOM_WORLD = fc.record({
  policy: RANDOM_POLICY,
  /** Share of tries that something happens to. */
  share: fc.constantFrom(0.1, 0.5, 0.9, 1),
  faults: fc.uniqueArray(fc.constantFrom(...FAULTS), { minLength: 1, selector: (fault) => JSON.stringify(fault) }),
  seed: fc.nat(),
});

export type RandomPolicy = typeof RANDOM_POLICY extends fc.Arbitrary<infer T> ? T : never;

/** The sum of what can make a request that did something come again: two services, a rule with two backends, a fallback. */
export function servicesOf(policy: RandomPolicy) {
  const {
    codes,
    stanza,
    fallback,
    hedge,
    tryTimeout,
    requestTimeout,
    failures,
    panicThreshold,
    balancing,
    concurrency,
  } = policy;
  const names = policy.backends === 2 ? ['orders', 'orders-b'] : ['orders'];
  const backends = names.map((name) => ({ weight: 1, namespace: 'shop', name, port: 80, filters: [] }));
  const rule = {
    id: { kind: 'HTTPRoute', namespace: 'shop', name: 'orders', rule: 0 } as const,
    filters: [],
    backends,
    ...(stanza && { retry: { codes: stanza } }),
  };
  const table = { matches: [{ rule: 0, path: { type: 'PathPrefix', value: '/' } as const }], rules: [rule] };
  const settings = {
    ...traffic({
      tryTimeout,
      requestTimeout,
      retry: { limit: policy.limit, codes },
      breaker: { failures, panicThreshold, openBase: 50 },
    }),
    balancing: { policy: balancing },
    ...(hedge !== undefined && { hedge: { delay: hedge } }),
    ...(concurrency !== undefined && { concurrency: { limit: concurrency, queue: 3, wait: 50 } }),
    ...(fallback && { fallback: { service: { namespace: 'shop', name: 'spare', port: 80 } } }),
  };
  return {
    'shop/orders': { endpoints: endpoints(3), chunk: { traffic: settings, routes: { default: table, byPort: {} } } },
    'shop/orders-b': { endpoints: endpoints(2, {}, 'b'), chunk: { traffic: settings } },
    'shop/spare': { endpoints: endpoints(1, {}, 'spare'), chunk: { traffic: settings } },
  };
}

export type RandomWorld = typeof RANDOM_WORLD extends fc.Arbitrary<infer T> ? T : never;

const METHODS = ['POST', 'POST', 'POST', 'PATCH', 'GET', 'PUT'];
const REQUESTS = 120;

/** What was seen of one world. */
export interface Seen {
  /** For each request, by method and path, what became of the tries that it was sent in, as services count them. */
  readonly tries: ReadonlyMap<string, readonly Outcome[]>;
  readonly asked: number;
  readonly records: readonly RequestRecord[];
  /** Answers to requests one after the other, long after everything was well again. */
  readonly afterwards: readonly number[];
  /** Tries whose end nobody heard of, and timers, apart from those of the snapshot, when all callers had gone. */
  readonly left: { readonly tries: number; readonly timers: number };
}

/** Lets callers ask one router for all kinds of things, and some of them go away before there is an answer. */
export async function live({ policy, share, faults, seed }: RandomWorld): Promise<Seen> {
  const tries = new Map<string, Outcome[]>();
  const records: RequestRecord[] = [];
  const random = new SeededRandom(`${seed}`);
  const watch = (call: { readonly method: string; readonly target: string }, outcome: Outcome): void => {
    const of = `${call.method} ${call.target}`;
    tries.set(of, [...(tries.get(of) ?? []), outcome]);
  };
  const settings = { seed: `${seed}`, routers: routers(1), services: servicesOf(policy), watch };
  return World.run(settings, async (world) => {
    const [router] = world.routers as [(typeof world.routers)[0]];
    // The first request for a service waits for its part of the snapshot, which no policy bounds before it is there.
    for (const name of ['orders', 'orders-b', 'spare']) void world.ask(router, { authority: `${name}.shop.mesh` });
    await world.pass(1);
    tries.clear();
    const idle = world.time.timers;
    for (const endpoint of world.endpoints.values()) {
      endpoint.fault = (chance) => (chance.next() < share ? chance.pick(faults) : undefined);
    }
    world.onRecord = (record) => void records.push(record);
    const callers: Cancellation[] = [];
    for (let n = 0; n < REQUESTS; n++) {
      const caller = new Cancellation();
      callers.push(caller);
      const body = new FakeBody(random.pick([0, 0, 100, 100_000, 'stream']));
      void world.ask(router, { method: random.pick(METHODS), target: `/${n}`, body }, caller);
      if (random.next() < 0.1) world.time.after(random.next() * 100, () => caller.cancel('client_closed'));
      await world.time.runUntil(world.time.now + random.exponential(5));
    }
    await world.pass(20);
    // Where no policy bounds the time, only callers that go away end what hangs.
    for (const caller of callers) caller.cancel('client_closed');
    await world.pass(2);
    const seen = new Map(tries);
    for (const endpoint of world.endpoints.values()) {
      endpoint.fault = undefined;
      endpoint.slowness = 0;
    }
    // Longer than any breaker stays open; then one request for each endpoint and some more.
    await world.pass(70);
    const afterwards: number[] = [];
    for (let n = 0; n < 12; n++) {
      void world.ask(router).then((status) => afterwards.push(status));
      await world.pass(2);
    }
    const left = { tries: world.underWay, timers: world.time.timers - idle };
    return { tries: seen, asked: REQUESTS, records: records.slice(0, REQUESTS), left, afterwards };
  });
}
