import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers } from '../world/orders.ts';
import { World } from '../world/world.ts';

/** Every process of a service is down, as after a bad deployment, and comes back. */
export const refusedConnections: Scenario = {
  name: 'an upstream is down for 20 s: connections are refused',
  run: (seed) =>
    World.run(
      { seed, routers: routers(20), services: { 'shop/orders': { endpoints: endpoints(10) } } },
      async (world) => {
        const orders = world.endpointsOf('shop/orders');
        world.load(50);
        await world.pass(10);
        for (const endpoint of orders) endpoint.fault = () => 'refuse';
        const opening = await world.look(2);
        const open = await world.look(18);
        for (const endpoint of orders) endpoint.fault = undefined;
        let recovery = 0;
        while (recovery < 120 && (await world.look(1)).errors > 0.001) recovery++;
        return [
          {
            what: 'p99 of the time to a failure, from the first',
            value: opening.failureTimes.quantile(0.99),
            unit: 'ms',
            atMost: 500,
          },
          {
            what: 'p99 of it once the breakers are open',
            value: open.failureTimes.quantile(0.99),
            unit: 'ms',
            atMost: 50,
          },
          percent('load that is left of it then', open.tries / open.asked, { atMost: 5 }),
          { what: 'until all is well again', value: recovery, unit: 's', atMost: 30 },
        ];
      },
    ),
};
