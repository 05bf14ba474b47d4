import { THEN } from '../../../router/identity/caller.fake.ts';
import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers, traffic } from '../world/orders.ts';
import { World } from '../world/world.ts';

/**
 * A service that calls on: each request to `cart` makes one to `orders`, whose endpoints fail nine times of ten. Cart hands
 * on what it could not get, so that both routers want to try again.
 * @param passesOn whether cart tells the second router that what it sends is a retry already
 * @returns how many tries reach orders for each request of a caller, beyond the first
 */
function layered(seed: string, passesOn: boolean): Promise<number> {
  // Nothing but retries: breakers would end them, and budgets are not full with so few requests.
  const chunk = { traffic: traffic({ breaker: { failures: 0 } }) };
  const services = {
    'shop/cart': { endpoints: endpoints(10, { work: 1 }, 'cart'), chunk },
    'shop/orders': { endpoints: endpoints(10), chunk },
  };
  return World.run({ seed, routers: routers(20), services }, async (world) => {
    const { caller } = world.publisher;
    const wit = await caller.wit();
    const wpt = await caller.wpt(await caller.wptClaims(wit, { exp: THEN + 60 }));
    for (const endpoint of world.endpointsOf('shop/cart')) {
      endpoint.callsOn = ({ headers }) => {
        const identity = ['workload-identity-token', wit, 'workload-proof-token', wpt];
        const attempt = headers.get('mesh-attempt');
        const told = passesOn && attempt !== undefined ? ['mesh-attempt', attempt] : [];
        return world.ask(world.random.pick(world.routers), { headers: [...identity, ...told] });
      };
    }
    const orders = world.endpointsOf('shop/orders');
    for (const endpoint of orders) endpoint.fault = (random) => (random.next() < 0.9 ? { status: 503 } : undefined);
    let asked = 0;
    world.load(1.5, () => {
      asked++;
      return { authority: 'cart.shop.mesh' };
    });
    await world.pass(50);
    return orders.reduce((sum, { tries }) => sum + tries, 0) / asked - 1;
  });
}

export const twoLayers: Scenario = {
  name: 'a service two routers away fails 90 %, without breakers and full budgets',
  run: async (seed) => [
    percent('growth where the service between hands `Mesh-Attempt` on, as the SDK does', await layered(seed, true), {
      atMost: 400,
    }),
    percent('growth where it does not, and both routers try again', await layered(seed, false)),
  ],
};
