import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SEED } from './seed.ts';
import { live, RANDOM_WORLD } from './world/random-world.ts';

const RUNS = Number(process.env.SIMULATION_RUNS ?? 100);

test(`every request ends once, in its time, and leaves nothing behind that is in the way of others (SIMULATION_SEED=${SEED})`, async () => {
  const property = fc.asyncProperty(RANDOM_WORLD, async (world) => {
    const { policy } = world;
    const { records, asked, left, tries, afterwards } = await live(world);
    expect(records.length).toBe(asked);
    expect(left).toEqual({ tries: 0, timers: 0 });
    const longest = Math.max(...records.map(({ duration }) => duration));
    expect(afterwards).toEqual(new Array(12).fill(200));
    // A wall clock has whole milliseconds.
    if (policy.requestTimeout > 0) expect(longest).toBeLessThanOrEqual(policy.requestTimeout + 1);
    const limit = policy.stanza === undefined ? policy.limit : Math.max(1, policy.limit);
    const most = Math.max(...[...tries.values()].map(({ length }) => length));
    expect(most).toBeLessThanOrEqual(1 + limit + (policy.hedge === undefined ? 0 : 1));
  });
  await fc.assert(property, { numRuns: RUNS, seed: Number(SEED) });
});
