import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers } from '../world/orders.ts';
import { Tally } from '../world/tally.ts';
import { World } from '../world/world.ts';

/**
 * Half of the routers lose the policy store. Meanwhile half of the endpoints are replaced, and the old ones are gone: what
 * these routers go by is wrong by half.
 */
export const partitionedRouters: Scenario = {
  name: '10 of 20 routers lose the policy store, and half of the endpoints move',
  run: (seed) => {
    const services = { 'shop/orders': { endpoints: endpoints(10) } };
    return World.run({ seed, routers: routers(20), services, hardStaleness: 60_000 }, async (world) => {
      const [lost, connected] = [world.routers.slice(0, 10), world.routers.slice(10)];
      let [here, there] = [new Tally(), new Tally()];
      const generations = new Map<string, { readonly generation: number; readonly since: number }>();
      let turnedBack = 0;
      world.onRecord = (record, router) => {
        const tally = connected.some(({ id }) => id === router) ? here : there;
        tally.add(record.status, record.reason, record.duration, record.attempts.length);
        // 0: refused without any.
        if (record.generation === 0) return;
        const newest = generations.get(router);
        if (newest !== undefined && record.generation < newest.generation && record.startedAt > newest.since)
          turnedBack++;
        if (newest === undefined || record.generation > newest.generation) {
          generations.set(router, { generation: record.generation, since: record.startedAt });
        }
      };
      world.load(25);
      await world.pass(5);
      for (const router of lost) router.partitioned = true;
      await world.pass(5);
      const moved = [...endpoints(10).slice(5), ...endpoints(5, {}, 'new')];
      await world.publish({ 'shop/orders': { endpoints: moved } });
      for (const { id } of endpoints(5)) world.endpoint(id).fault = () => 'refuse';
      [here, there] = [new Tally(), new Tally()];
      await world.pass(30);
      const stale = { here, there };
      [here, there] = [new Tally(), new Tally()];
      await world.pass(35);
      there = new Tally();
      await world.pass(5);
      const refused = there;
      for (const router of lost) router.partitioned = false;
      let until = 0;
      for (; until < 60; until++) {
        there = new Tally();
        await world.pass(1);
        if (there.failed === 0) break;
      }
      return [
        percent('errors at routers that hear the store', stale.here.errors, { atMost: 1 }),
        percent('errors at those that do not', stale.there.errors, { atMost: 3 }),
        percent('growth of the load through them', stale.there.growth, { atMost: 25 }),
        percent(
          'refused by them once their snapshot is too old',
          (refused.reasons.snapshot_stale ?? 0) / refused.asked,
          { atLeast: 100 },
        ),
        { what: 'until all serve again when the store is back', value: until, unit: 's', atMost: 16 },
        { what: 'requests judged by an older snapshot than one before', value: turnedBack, unit: 'times', atMost: 0 },
      ];
    });
  },
};
