import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers } from '../world/orders.ts';
import { World } from '../world/world.ts';

const COUNT = 200;

/** So many that a router sees each endpoint once in ten seconds: what one learns is of little use to it. */
export const largeMesh: Scenario = {
  name: '200 routers and 200 endpoints, of which 20 fail always',
  run: (seed) =>
    World.run(
      { seed, routers: routers(COUNT), services: { 'shop/orders': { endpoints: endpoints(COUNT) } } },
      async (world) => {
        for (const endpoint of world.endpointsOf('shop/orders').slice(0, 20)) endpoint.fault = () => ({ status: 503 });
        world.load(20);
        const tally = await world.look(12);
        return [
          percent('errors that callers see', tally.errors, { atMost: 3 }),
          percent('growth of the load', tally.growth, { atMost: 25 }),
        ];
      },
    ),
};
