import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock, RecordedLog } from '../ports.fake.ts';
import { FakeCounters, type StoreAct } from './counter-store.fake.ts';
import { limitOf } from './rates.fake.ts';
import { createRates, type Judged } from './rates.ts';
import { fullAfter, tokensIn } from './token-bucket.ts';

const LOCAL = limitOf({ name: 'local', requests: 7, burst: 7 });
const WIDE = limitOf({ name: 'wide', requests: 12, burst: 12, scope: 'global', onFailure: 'refuse' });
const NARROW = limitOf({ name: 'narrow', requests: 9, burst: 9, scope: 'global', onFailure: 'refuse' });

/** Two routers that stand still in time, and the store that they share. */
function twoRouters() {
  const counters = new FakeCounters();
  const clock = new FakeClock();
  const routers = [0, 1].map(() => createRates({ clock, counters, log: new RecordedLog().log }));
  const take = async (at: number): Promise<boolean> => {
    const rates = routers[at] as (typeof routers)[number];
    const draws = [LOCAL, WIDE, NARROW].map((limit) => rates.draw(limit, 'shop/orders', ''));
    const judged: Judged = await rates.take(draws, 'mesh.local');
    return judged.refusedBy === undefined;
  };
  /** Tokens that a router's own count has left. */
  const left = (at: number): number => {
    const { bucket } = (routers[at] as (typeof routers)[number]).draw(LOCAL, 'shop/orders', '');
    return tokensIn(bucket.fullAt, LOCAL, clock.monotonic());
  };
  return { counters, take, left, now: clock.now() };
}

const batches = (acts: readonly StoreAct[]) =>
  fc.array(
    fc.record({
      act: fc.constantFrom(...acts),
      at: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 5 }),
    }),
    { maxLength: 12 },
  );

test('every count has lost exactly what was let in, whatever refused the rest', async () => {
  await fc.assert(
    fc.asyncProperty(batches(['count']), async (all) => {
      const { counters, take, left, now } = twoRouters();
      const passed = [0, 0];
      for (const { at } of all) {
        const outcomes = await Promise.all(at.map(take));
        at.forEach((router, i) => {
          if (outcomes[i]) passed[router] = (passed[router] as number) + 1;
        });
      }
      const together = (passed[0] as number) + (passed[1] as number);
      expect([left(0), left(1)]).toEqual(passed.map((count) => LOCAL.burst - count));
      const kept = counters
        .counts()
        .map((fullAt) => Math.round((fullAt - now) / 10))
        .sort((a, b) => a - b);
      const lost = [WIDE, NARROW].map((limit) => Math.round((fullAfter(now, together, limit, now) - now) / 10));
      if (kept.length > 0) expect(kept).toEqual(lost.sort((a, b) => a - b));
    }),
    { numRuns: 150 },
  );
});

test('a store that comes and goes lets in no more than there is', async () => {
  await fc.assert(
    fc.asyncProperty(batches(['count', 'fail']), async (all) => {
      const { counters, take } = twoRouters();
      let passed = 0;
      for (const { act, at } of all) {
        counters.act = act;
        passed += (await Promise.all(at.map(take))).filter(Boolean).length;
      }
      expect(passed).toBeLessThanOrEqual(NARROW.burst);
    }),
    { numRuns: 150 },
  );
});
