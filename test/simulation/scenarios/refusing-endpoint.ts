import type { BalancingPolicy } from '../../../snapshot/chunk.ts';
import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers, traffic } from '../world/orders.ts';
import { World } from '../world/world.ts';

/** One of ten answers 429 in a millisecond, always. @returns share of the requests that it draws */
function refusing(seed: string, policy: BalancingPolicy['policy'], retryAfter?: number): Promise<number> {
  const chunk = { traffic: traffic({ balancing: { policy } }) };
  return World.run(
    { seed, routers: routers(10), services: { 'shop/orders': { endpoints: endpoints(10), chunk } } },
    async (world) => {
      world.load(50);
      await world.pass(5);
      world.endpoint('e1').fault = () => (retryAfter === undefined ? { status: 429 } : { status: 429, retryAfter });
      return (await world.look(20)).errors;
    },
  );
}

export const refusingEndpoint: Scenario = {
  name: '1 of 10 endpoints answers 429 at once',
  run: async (seed) => [
    percent('requests that it draws', await refusing(seed, 'peak-ewma'), { atMost: 2 }),
    percent('requests that it draws with Retry-After: 2', await refusing(seed, 'peak-ewma', 2), { atMost: 2 }),
    percent('the same with least-request', await refusing(seed, 'least-request')),
  ],
};
