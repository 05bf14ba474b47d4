import type { TrafficSettings } from '../../../snapshot/chunk.ts';
import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers, traffic } from '../world/orders.ts';
import type { Tally } from '../world/tally.ts';
import { World } from '../world/world.ts';

/** One request in fifty is stuck for half a second or more, wherever it is sent: collections of garbage, cold caches. */
function stuttering(seed: string, settings: TrafficSettings): Promise<Tally> {
  const services = { 'shop/orders': { endpoints: endpoints(10), chunk: { traffic: settings } } };
  return World.run({ seed, routers: routers(5), services }, async (world) => {
    for (const endpoint of world.endpointsOf('shop/orders')) endpoint.stutter = { share: 0.02, time: 500 };
    world.load(100);
    await world.pass(5);
    return world.look(30);
  });
}

export const hedging: Scenario = {
  name: '2 % of the requests are stuck for 500 ms, hedging after p95',
  run: async (seed) => {
    const hedged = await stuttering(seed, traffic({ hedge: { delay: 'p95' } }));
    const plain = await stuttering(seed, traffic());
    return [
      { what: 'p99 of all requests', value: hedged.times.quantile(0.99), unit: 'ms', atMost: 150 },
      { what: 'p99 without hedging', value: plain.times.quantile(0.99), unit: 'ms', atLeast: 500 },
      percent('growth of the load', hedged.growth, { atMost: 20.5 }),
    ];
  },
};
