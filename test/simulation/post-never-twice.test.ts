import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cancellation } from '../../router/cancellation.ts';
import { FakeBody } from '../../router/ports.fake.ts';
import { SEED } from './seed.ts';
import { endpoints, routers, traffic } from './world/orders.ts';
import { SeededRandom } from './world/seeded-random.ts';
import type { Fault, Outcome } from './world/simulated-endpoint.ts';
import { World } from './world/world.ts';

const FAULTS: readonly Fault[] = [
  'refuse',
  'reset',
  'hang',
  ...[425, 429, 500, 502, 503, 504].map((status) => ({ status })),
  ...[429, 503].map((status) => ({ status, retryAfter: 0 })),
  ...[500, 502, 503, 504].map((status) => ({ status, worked: true }) as const),
];

/** Everything that a policy may ask for, short of `retry.unsafe`. */
const POLICY = fc.record({
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
});

const WORLD = fc.record({
  policy: POLICY,
  /** Share of tries that something happens to. */
  share: fc.constantFrom(0.1, 0.5, 0.9, 1),
  faults: fc.uniqueArray(fc.constantFrom(...FAULTS), { minLength: 1, selector: (fault) => JSON.stringify(fault) }),
  seed: fc.nat(),
});

type Policy = typeof POLICY extends fc.Arbitrary<infer T> ? T : never;

/** The sum of what can make a request that did something come again: two services, a rule with two backends, a fallback. */
function servicesOf(policy: Policy) {
  const { codes, stanza, fallback, hedge, tryTimeout, requestTimeout, failures, panicThreshold, balancing } = policy;
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
    ...(fallback && { fallback: { service: { namespace: 'shop', name: 'spare', port: 80 } } }),
  };
  return {
    'shop/orders': { endpoints: endpoints(3), chunk: { traffic: settings, routes: { default: table, byPort: {} } } },
    'shop/orders-b': { endpoints: endpoints(2, {}, 'b'), chunk: { traffic: settings } },
    'shop/spare': { endpoints: endpoints(1, {}, 'spare'), chunk: { traffic: settings } },
  };
}

/** Codes that the policy names itself: with Retry-After these say that nothing was done. */
const namedBy = ({ codes, stanza }: Policy): readonly number[] =>
  stanza ?? codes.filter((code) => ![502, 503, 504].includes(code));

/** True when the service may have done what was asked: all but what is proven. */
function mayHaveWorked({ failure, status, retryAfter }: Outcome, named: readonly number[]): boolean {
  if (failure === 'connect' || status === 425) return false;
  return !((status === 429 || status === 503) && retryAfter !== undefined && named.includes(status));
}

/** @returns for each request the tries it was sent in, as the services counted them */
async function live({ policy, share, faults, seed }: typeof WORLD extends fc.Arbitrary<infer T> ? T : never) {
  const tries = new Map<string, Outcome[]>();
  const random = new SeededRandom(`${seed}`);
  const watch = (call: { readonly method: string; readonly target: string }, outcome: Outcome): void => {
    const of = `${call.method} ${call.target}`;
    tries.set(of, [...(tries.get(of) ?? []), outcome]);
  };
  await World.run({ seed: `${seed}`, routers: routers(1), services: servicesOf(policy), watch }, async (world) => {
    for (const endpoint of world.endpoints.values()) {
      endpoint.fault = (chance) => (chance.next() < share ? chance.pick(faults) : undefined);
    }
    const [router] = world.routers as [(typeof world.routers)[0]];
    for (let n = 0; n < 120; n++) {
      const cancellation = new Cancellation();
      const body = new FakeBody(random.pick([0, 0, 100, 100_000, 'stream']));
      void world.ask(router, { method: random.pick(METHODS), target: `/${n}`, body }, cancellation);
      if (random.next() < 0.1) world.time.after(random.next() * 100, () => cancellation.cancel('client_closed'));
      await world.time.runUntil(world.time.now + random.exponential(5));
    }
    await world.pass(60);
  });
  return tries;
}

const METHODS = ['POST', 'POST', 'POST', 'PATCH', 'GET', 'PUT'];
const RUNS = Number(process.env.SIMULATION_RUNS ?? 150);

test(`what may have been done is not sent again, whatever the faults and the policy (SIMULATION_SEED=${SEED})`, async () => {
  let again = 0;
  const property = fc.asyncProperty(WORLD, async (world) => {
    const named = namedBy(world.policy);
    for (const [request, outcomes] of await live(world)) {
      again += outcomes.length - 1;
      if (!request.startsWith('P') || request.startsWith('PUT')) continue;
      // The last may be anything; whatever came before it must be proven to have done nothing.
      const before = outcomes.slice(0, -1);
      if (before.some((outcome) => mayHaveWorked(outcome, named)))
        throw new Error(`${request}: ${JSON.stringify(outcomes)}`);
    }
  });
  await fc.assert(property, { numRuns: RUNS, seed: Number(SEED) });
  // Without retries there would be nothing to prove.
  expect(again).toBeGreaterThan(RUNS);
});

test('with `unsafe` it would be: the counting is no formality', async () => {
  const [policy] = fc.sample(POLICY, { numRuns: 1, seed: 1 }) as [Policy];
  const services = servicesOf({
    ...policy,
    limit: 2,
    codes: [503],
    stanza: undefined,
    tryTimeout: 0,
    requestTimeout: 1000,
    hedge: undefined,
  });
  const settings = services['shop/orders'].chunk.traffic;
  const unsafe = { ...settings, retry: { ...settings.retry, unsafe: true } };
  let posts = 0;
  const chunk = { traffic: unsafe };
  const world = {
    seed: SEED,
    routers: routers(1),
    services: { 'shop/orders': { endpoints: endpoints(3), chunk } },
    watch: () => void posts++,
  };
  await World.run(world, async (simulated) => {
    for (const endpoint of simulated.endpoints.values()) endpoint.fault = () => ({ status: 503, worked: true });
    void simulated.ask(simulated.routers[0] as never, { method: 'POST' });
    await simulated.pass(5);
  });
  expect(posts).toBe(3);
});
