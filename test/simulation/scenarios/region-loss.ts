import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers, traffic } from '../world/orders.ts';
import { World } from '../world/world.ts';

/** Routers and endpoints in two regions. Everything in one of them is cut off for half a minute, without a word. */
export const regionLoss: Scenario = {
  name: 'one of two regions is lost for 30 s, tries end after 1 s',
  run: (seed) => {
    const both = [...endpoints(5, { region: 'eu' }, 'eu'), ...endpoints(5, { region: 'us' }, 'us')];
    const chunk = { traffic: traffic({ tryTimeout: 1000, balancing: { regions: ['eu', 'us'] } }) };
    const places = [...routers(10).map(() => 'eu'), ...routers(10).map(() => 'us')];
    return World.run(
      { seed, routers: places, services: { 'shop/orders': { endpoints: both, chunk } } },
      async (world) => {
        const eu = world.endpointsOf('shop/orders', 'eu');
        const us = world.endpointsOf('shop/orders', 'us');
        const taken = (of: typeof eu): number => of.reduce((sum, { tries }) => sum + tries, 0);
        world.load((router) => (world.routers.indexOf(router) < 10 ? 50 : 0));
        await world.pass(10);
        const abroad = taken(us) / (taken(eu) + taken(us));
        for (const endpoint of eu) endpoint.fault = () => 'hang';
        const first = await world.look(5);
        const rest = await world.look(25);
        for (const endpoint of eu) endpoint.fault = undefined;
        await world.pass(45);
        const before = [taken(eu), taken(us)] as const;
        await world.pass(5);
        const back = (taken(eu) - before[0]) / (taken(eu) - before[0] + taken(us) - before[1]);
        return [
          percent('requests that leave the region before', abroad, { atMost: 0 }),
          percent('errors in the first 5 s', first.errors, { atMost: 5 }),
          percent('errors after that', rest.errors, { atMost: 0.5 }),
          percent('requests at home again 45 s later', back, { atLeast: 90 }),
        ];
      },
    );
  },
};
