import type { TrafficSettings } from '../../../snapshot/chunk.ts';
import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers, traffic } from '../world/orders.ts';
import { World } from '../world/world.ts';

/** Requests a second that two servers with two workers and 10 ms of work each can answer. */
const CAPACITY = 400;
const TIMEOUT = { requestTimeout: 1000 } as const;

/** Callers want half as much again as there is, and wait a second. @returns share of what the servers can do that reached somebody */
function useful(seed: string, settings: TrafficSettings): Promise<number> {
  const services = { 'shop/orders': { endpoints: endpoints(2, { workers: 2 }), chunk: { traffic: settings } } };
  return World.run({ seed, routers: routers(4), services }, async (world) => {
    world.load(150);
    await world.pass(10);
    const { asked, failed } = await world.look(10);
    return (asked - failed) / (CAPACITY * 10);
  });
}

export const lastingOverload: Scenario = {
  name: 'callers want 1.5 times what a service can do, and wait 1 s',
  run: async (seed) => {
    const limited = traffic({ ...TIMEOUT, concurrency: { limit: 3, queue: 20, wait: 500 } });
    return [
      percent('good answers with 3 at the same time for each router, 20 wait', await useful(seed, limited), {
        atLeast: 85,
      }),
      percent('good answers without', await useful(seed, traffic(TIMEOUT))),
    ];
  },
};
