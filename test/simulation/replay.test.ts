import { expect, test } from 'vitest';
import { SEED } from './seed.ts';
import { endpoints, routers, traffic } from './world/orders.ts';
import { World } from './world/world.ts';

/** Everything that was done for every request, in the order in which the requests ended. */
async function trace(seed: string): Promise<string> {
  const chunk = { traffic: traffic({ tryTimeout: 200 }) };
  const lines: string[] = [];
  await World.run(
    { seed, routers: routers(10), services: { 'shop/orders': { endpoints: endpoints(6), chunk } } },
    async (world) => {
      world.onRecord = (record, router) => {
        lines.push(JSON.stringify({ ...record, router, ended: world.time.now }));
      };
      for (const endpoint of world.endpointsOf('shop/orders')) {
        endpoint.fault = (random) =>
          random.next() < 0.2 ? random.pick(['refuse', 'reset', 'hang', { status: 503 }]) : undefined;
      }
      world.load(100, (random) => ({ method: random.pick(['GET', 'POST']) }));
      await world.pass(3);
      await world.publish({ 'shop/orders': { endpoints: endpoints(7), chunk } });
      await world.pass(2);
    },
  );
  return lines.join('\n');
}

test('a seed gives the same run, to the byte', async () => {
  const [once, again] = [await trace(SEED), await trace(SEED)];
  expect(once.length).toBeGreaterThan(1_000_000);
  expect(again === once).toBe(true);
});

test('another seed gives another', async () => {
  expect((await trace('a')) === (await trace('b'))).toBe(false);
});
