import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers } from '../world/orders.ts';
import { World } from '../world/world.ts';

const PERIOD = 4000;

export const flappingEndpoint: Scenario = {
  name: '2 of 10 endpoints come and go every 2 s',
  run: (seed) =>
    World.run(
      { seed, routers: routers(20), services: { 'shop/orders': { endpoints: endpoints(10) } } },
      async (world) => {
        for (const [n, id] of ['e1', 'e2'].entries()) {
          world.endpoint(id).fault = (_random, now) => ((now + n * 700) % PERIOD < PERIOD / 2 ? 'refuse' : undefined);
        }
        world.load(50);
        const tally = await world.look(40);
        return [
          percent('errors that callers see', tally.errors, { atMost: 1 }),
          percent('growth of the load', tally.growth, { atMost: 25 }),
        ];
      },
    ),
};
