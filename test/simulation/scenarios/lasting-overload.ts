import type { TrafficSettings } from '../../../snapshot/chunk.ts';
import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers, traffic } from '../world/orders.ts';
import { World } from '../world/world.ts';

/** Requests a second that five servers with two workers and 10 ms of work each can answer. */
const CAPACITY = 1000;
const TIMEOUT = { requestTimeout: 1000 } as const;

/** Callers want half as much again as there is, and wait a second. @returns share of what the servers can do that reached somebody */
function useful(seed: string, settings: TrafficSettings): Promise<number> {
  const services = { 'shop/orders': { endpoints: endpoints(5, { workers: 2 }), chunk: { traffic: settings } } };
  return World.run({ seed, routers: routers(10), services }, async (world) => {
    world.load(150);
    await world.pass(20);
    const { asked, failed } = await world.look(20);
    return (asked - failed) / (CAPACITY * 20);
  });
}

export const lastingOverload: Scenario = {
  name: 'callers want 1.5 times what a service can do, and wait 1 s',
  run: async (seed) => [
    percent(
      'of that reaches them with adaptive admission',
      await useful(seed, traffic({ ...TIMEOUT, admission: { minimum: 1, maximum: 1000 } })),
      { atLeast: 80 },
    ),
    percent(
      'with a limit of 3 at the same time for each router and 20 that wait',
      await useful(seed, traffic({ ...TIMEOUT, concurrency: { limit: 3, queue: 20, wait: 500 } })),
      { atLeast: 80 },
    ),
    percent('by default', await useful(seed, traffic(TIMEOUT))),
    percent('without breakers', await useful(seed, traffic({ ...TIMEOUT, breaker: { failures: 0 } }))),
  ],
};
