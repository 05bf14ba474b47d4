import type { AdmissionPolicy } from '../../../snapshot/chunk.ts';
import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers, traffic } from '../world/orders.ts';
import { World } from '../world/world.ts';

/** Answers a second that five servers with ten workers and 100 ms of work each can give. */
const CAPACITY = 500;
const SECONDS = 10;

interface Served {
  /** Good answers, as a share of what the service can give. */
  readonly good: number;
  /** Milliseconds, 99 of 100 requests, whatever their answer. */
  readonly p99: number;
}

/** Ten routers that know nothing of each other send twice of what the service can do, after a while at half of it. */
function twice(seed: string, admission?: AdmissionPolicy): Promise<Served> {
  const chunk = { traffic: traffic({ requestTimeout: 2_000, ...(admission && { admission }) }) };
  const services = { 'shop/orders': { endpoints: endpoints(5, { workers: 10, work: 100 }), chunk } };
  return World.run({ seed, routers: routers(10), services }, async (world) => {
    const calm = world.load(CAPACITY / 2 / 10);
    await world.pass(5);
    calm();
    world.load((CAPACITY * 2) / 10);
    await world.pass(10);
    const { asked, failed, times } = await world.look(SECONDS);
    return { good: (asked - failed) / SECONDS / CAPACITY, p99: times.quantile(0.99) };
  });
}

export const twiceTheLoad: Scenario = {
  name: 'callers ask for twice what a service can do, for 20 s',
  run: async (seed) => {
    const admitted = await twice(seed, { minimum: 1, maximum: 200 });
    const all = await twice(seed);
    return [
      percent('good answers with admission, of what it can give', admitted.good, { atLeast: 85 }),
      { what: 'p99 of all requests with admission', value: admitted.p99, unit: 'ms', atMost: 1_000 },
      percent('good answers without', all.good),
      { what: 'p99 without', value: all.p99, unit: 'ms' },
    ];
  },
};
