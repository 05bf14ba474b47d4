import type { BalancingPolicy } from '../../../snapshot/chunk.ts';
import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers, traffic } from '../world/orders.ts';
import { World } from '../world/world.ts';

/** One of ten takes twenty times as long from the tenth second on. */
function slow(
  seed: string,
  policy: BalancingPolicy['policy'],
): Promise<{ readonly share: number; readonly p99: number }> {
  const chunk = { traffic: traffic({ balancing: { policy } }) };
  const services = { 'shop/orders': { endpoints: endpoints(10), chunk } };
  return World.run({ seed, routers: routers(10), services }, async (world) => {
    world.load(50);
    await world.pass(10);
    const bad = world.endpoint('e1');
    bad.slowness = 20;
    const before = bad.tries;
    const tally = await world.look(20);
    return { share: (bad.tries - before) / tally.tries, p99: tally.times.quantile(0.99) };
  });
}

export const slowEndpoint: Scenario = {
  name: '1 of 10 endpoints becomes 20 times as slow',
  run: async (seed) => {
    const ewma = await slow(seed, 'peak-ewma');
    const robin = await slow(seed, 'round-robin');
    return [
      percent('requests that it still gets', ewma.share, { atMost: 2 }),
      { what: 'p99 of all requests', value: ewma.p99, unit: 'ms', atMost: 100 },
      { what: 'p99 with round-robin', value: robin.p99, unit: 'ms' },
    ];
  },
};
