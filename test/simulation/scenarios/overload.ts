import type { TrafficSettings } from '../../../snapshot/chunk.ts';
import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers, traffic } from '../world/orders.ts';
import { World } from '../world/world.ts';

const POLICY = { tryTimeout: 500, requestTimeout: 2000 } as const;
const NO_BREAKER = { failures: 0 };
const NO_BUDGET = { share: 1000, floor: 1_000_000, window: 10_000 };

interface Storm {
  /** Share of requests that fail in the last ten seconds, long after the cause is gone. */
  readonly errors: number;
  readonly growth: number;
}

/**
 * Two servers at 70 % of what they can do; for four seconds they are half as fast. What is late is asked for again, and
 * servers go on working on what nobody waits for: the load that keeps them down is then made by the callers themselves.
 */
function storm(seed: string, settings: TrafficSettings): Promise<Storm> {
  const services = { 'shop/orders': { endpoints: endpoints(2, { workers: 2 }), chunk: { traffic: settings } } };
  return World.run({ seed, routers: routers(4), services }, async (world) => {
    world.load(70);
    await world.pass(10);
    for (const endpoint of world.endpointsOf('shop/orders')) endpoint.slowness = 2;
    await world.pass(4);
    for (const endpoint of world.endpointsOf('shop/orders')) endpoint.slowness = 1;
    await world.pass(30);
    const { errors, growth } = await world.look(10);
    return { errors, growth };
  });
}

export const overload: Scenario = {
  name: 'a storm of retries, 30 to 40 s after its cause is gone',
  run: async (seed) => {
    const endless = await storm(seed, traffic({ ...POLICY, breaker: NO_BREAKER, retry: { budget: NO_BUDGET } }));
    const budget = await storm(seed, traffic({ ...POLICY, breaker: NO_BREAKER }));
    const all = await storm(seed, traffic(POLICY));
    return [
      percent('errors without budget and breaker', endless.errors, { atLeast: 50 }),
      percent('growth of the load without them', endless.growth),
      percent('errors with the budget alone', budget.errors, { atMost: 1 }),
      percent('errors by default', all.errors, { atMost: 1 }),
    ];
  },
};
