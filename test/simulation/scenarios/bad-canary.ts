import type { RouteTable } from '../../../snapshot/route.ts';
import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers } from '../world/orders.ts';
import type { Fault } from '../world/simulated-endpoint.ts';
import type { Tally } from '../world/tally.ts';
import { World } from '../world/world.ts';

const backend = (name: string, weight: number) => ({ weight, namespace: 'shop', name, port: 80, filters: [] });

const SPLIT: RouteTable = {
  matches: [{ rule: 0, path: { type: 'PathPrefix', value: '/' } }],
  rules: [
    {
      id: { kind: 'HTTPRoute', namespace: 'shop', name: 'orders', rule: 0 },
      filters: [],
      backends: [backend('orders-v1', 90), backend('orders-v2', 10)],
    },
  ],
};

/** A tenth of all requests goes to a new version that answers nothing but this. */
function canary(seed: string, fault: Fault): Promise<Tally> {
  const services = {
    'shop/orders': { endpoints: endpoints(1), chunk: { routes: { default: SPLIT, byPort: {} } } },
    'shop/orders-v1': { endpoints: endpoints(9, {}, 'v1-') },
    'shop/orders-v2': { endpoints: endpoints(2, {}, 'v2-') },
  };
  return World.run({ seed, routers: routers(10), services }, async (world) => {
    world.load(50);
    await world.pass(10);
    for (const endpoint of world.endpointsOf('shop/orders-v2')) endpoint.fault = () => fault;
    return world.look(30);
  });
}

export const badCanary: Scenario = {
  name: 'a canary with a tenth of the requests turns bad',
  run: async (seed) => {
    const unavailable = await canary(seed, { status: 503 });
    const broken = await canary(seed, { status: 500, worked: true });
    return [
      percent('errors where it answers 503', unavailable.errors, { atMost: 3 }),
      percent('growth of the load', unavailable.growth, { atMost: 25 }),
      percent('errors where it answers 500 (its share, and no more)', broken.errors, { atMost: 10.5 }),
    ];
  },
};
