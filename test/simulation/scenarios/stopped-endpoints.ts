import type { TrafficSettings } from '../../../snapshot/chunk.ts';
import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers, traffic } from '../world/orders.ts';
import type { Tally } from '../world/tally.ts';
import { World } from '../world/world.ts';

/** Three of ten take requests and never answer. */
function stopped(seed: string, settings: TrafficSettings): Promise<Tally> {
  const services = { 'shop/orders': { endpoints: endpoints(10), chunk: { traffic: settings } } };
  return World.run({ seed, routers: routers(10), services }, async (world) => {
    world.load(50);
    await world.pass(5);
    for (const endpoint of world.endpointsOf('shop/orders').slice(0, 3)) endpoint.fault = () => 'hang';
    return world.look(40);
  });
}

export const stoppedEndpoints: Scenario = {
  name: '3 of 10 endpoints stop, tries end after 1 s',
  run: async (seed) => {
    const bounded = await stopped(seed, traffic({ tryTimeout: 1000 }));
    const unbounded = await stopped(seed, traffic());
    return [
      percent('errors that callers see', bounded.errors, { atMost: 1 }),
      percent('growth of the load', bounded.growth, { atMost: 25 }),
      percent('errors without a bound for tries: they wait 15 s', unbounded.errors),
    ];
  },
};
