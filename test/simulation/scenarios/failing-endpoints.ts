import type { TrafficSettings } from '../../../snapshot/chunk.ts';
import { type Figure, percent, type Scenario } from '../scenario.ts';
import { endpoints, routers, traffic } from '../world/orders.ts';
import type { Fault } from '../world/simulated-endpoint.ts';
import type { Tally } from '../world/tally.ts';
import { World } from '../world/world.ts';

const FAILS: readonly Fault[] = [{ status: 503 }, 'refuse', 'reset', { status: 502, worked: true }];

/** 20 routers with 50 requests a second each, from the first moment on: also what the first failures cost is counted. */
function failing(of: {
  readonly seed: string;
  readonly count: number;
  readonly bad: number;
  readonly share: number;
  readonly settings?: TrafficSettings;
}): Promise<Tally> {
  const { seed, count, bad, share, settings = traffic() } = of;
  const services = { 'shop/orders': { endpoints: endpoints(count), chunk: { traffic: settings } } };
  return World.run({ seed, routers: routers(20), services }, (world) => {
    for (const endpoint of world.endpointsOf('shop/orders').slice(0, bad)) {
      endpoint.fault = (random) => (share === 1 || random.next() < share ? random.pick(FAILS) : undefined);
    }
    world.load(50);
    return world.look(20);
  });
}

const figures = (tally: Tally): Figure[] => [
  percent('errors that callers see', tally.errors, { atMost: 3 }),
  percent('growth of the load', tally.growth, { atMost: 25 }),
];

export const threeOfTenFail: Scenario = {
  name: '3 of 10 endpoints fail always',
  run: async (seed) => figures(await failing({ seed, count: 10, bad: 3, share: 1 })),
};

export const eightFailNowAndThen: Scenario = {
  name: '8 endpoints fail 10 % each',
  run: async (seed) => figures(await failing({ seed, count: 8, bad: 8, share: 0.1 })),
};

export const allFailOften: Scenario = {
  name: 'all 10 endpoints fail 30 %',
  run: async (seed) => {
    const tally = await failing({ seed, count: 10, bad: 10, share: 0.3 });
    const without = await failing({
      seed,
      count: 10,
      bad: 10,
      share: 0.3,
      settings: traffic({ breaker: { failures: 0 } }),
    });
    return [
      percent('growth of the load', tally.growth, { atMost: 25 }),
      percent('errors that callers see', tally.errors, { atMost: 30 }),
      percent('the same without breakers', without.errors),
      percent('errors that breakers add', Math.max(0, tally.errors - without.errors), { atMost: 0.5 }),
    ];
  },
};
