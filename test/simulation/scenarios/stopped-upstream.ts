import type { Scenario } from '../scenario.ts';
import { endpoints, routers, traffic } from '../world/orders.ts';
import { World } from '../world/world.ts';

const TIMEOUT = 1000;

/** Nothing is refused, nothing is answered: the hardest way to be gone. */
export const stoppedUpstream: Scenario = {
  name: 'an upstream stops for 20 s, timeout 1 s',
  run: (seed) => {
    const chunk = { traffic: traffic({ requestTimeout: TIMEOUT }) };
    const services = { 'shop/orders': { endpoints: endpoints(10), chunk } };
    return World.run({ seed, routers: routers(20), services }, async (world) => {
      world.load(50);
      await world.pass(10);
      for (const endpoint of world.endpointsOf('shop/orders')) endpoint.fault = () => 'hang';
      const opening = await world.look(5);
      const open = await world.look(15);
      for (const endpoint of world.endpointsOf('shop/orders')) endpoint.fault = undefined;
      let recovery = 0;
      while (recovery < 60 && (await world.look(1)).errors > 0.001) recovery++;
      return [
        {
          what: 'p99 of the time to a failure, from the first',
          value: opening.failureTimes.quantile(0.99),
          unit: 'ms',
          atMost: TIMEOUT + 50,
        },
        {
          what: 'p90 of it once the breakers are open',
          value: open.failureTimes.quantile(0.9),
          unit: 'ms',
          atMost: 50,
        },
        { what: 'until all is well again', value: recovery, unit: 's', atMost: 40 },
      ];
    });
  },
};
