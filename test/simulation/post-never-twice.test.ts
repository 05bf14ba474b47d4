import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SEED } from './seed.ts';
import { endpoints, routers } from './world/orders.ts';
import { live, RANDOM_POLICY, RANDOM_WORLD, type RandomPolicy, servicesOf } from './world/random-world.ts';
import type { Outcome } from './world/simulated-endpoint.ts';
import { World } from './world/world.ts';

/** Codes that the policy names itself: with Retry-After these say that nothing was done. */
const namedBy = ({ codes, stanza }: RandomPolicy): readonly number[] =>
  stanza ?? codes.filter((code) => ![502, 503, 504].includes(code));

/** True when the service may have done what was asked: all but what is proven. */
function mayHaveWorked({ failure, status, retryAfter }: Outcome, named: readonly number[]): boolean {
  if (failure === 'connect' || status === 425) return false;
  return !((status === 429 || status === 503) && retryAfter !== undefined && named.includes(status));
}

const RUNS = Number(process.env.SIMULATION_RUNS ?? 150);

test(`what may have been done is not sent again, whatever the faults and the policy (SIMULATION_SEED=${SEED})`, async () => {
  let again = 0;
  const property = fc.asyncProperty(RANDOM_WORLD, async (world) => {
    const named = namedBy(world.policy);
    for (const [request, outcomes] of (await live(world)).tries) {
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
  const [policy] = fc.sample(RANDOM_POLICY, { numRuns: 1, seed: 1 }) as [RandomPolicy];
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
