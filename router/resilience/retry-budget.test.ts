import { array, assert, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { RetryBudget } from './retry-budget.ts';

const SETTINGS = { share: 0.2, floor: 10, window: 10_000 };

/** How many further tries there are at that time. */
function taken(budget: RetryBudget, now: number): number {
  let count = 0;
  while (count < 10_000 && budget.withdraw(now)) count++;
  return count;
}

test('few requests have the floor, many their share: never both', () => {
  const few = new RetryBudget(SETTINGS);
  // Four seconds' worth at once, ten in ten seconds.
  expect([0, 3999, 4000, 8000, 9999].map((now) => taken(few, now))).toEqual([40, 0, 40, 20, 0]);
  const many = new RetryBudget(SETTINGS);
  for (let n = 0; n < 1000; n++) many.deposit(0);
  expect(taken(many, 0)).toBe(200);
});

test('what was taken comes back when the window is over, and no sooner', () => {
  const budget = new RetryBudget(SETTINGS);
  for (const now of [0, 4000, 8000]) taken(budget, now);
  expect([taken(budget, 9999), taken(budget, 10_000)]).toEqual([0, 20]);
});

test('nothing of a share of 0 without a floor', () => {
  const budget = new RetryBudget({ ...SETTINGS, share: 0, floor: 0 });
  budget.deposit(0);
  expect(taken(budget, 0)).toBe(0);
});

test('in no stretch as long as its window is more taken than twice what it allows', () => {
  const step = record({ wait: integer({ min: 0, max: 2000 }), requests: integer({ min: 0, max: 500 }) });
  assert(
    property(array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const budget = new RetryBudget(SETTINGS);
      let now = 0;
      const happened: { at: number; requests: number; extra: number }[] = [];
      for (const { wait, requests } of steps) {
        now += wait;
        for (let n = 0; n < requests; n++) budget.deposit(now);
        happened.push({ at: now, requests, extra: taken(budget, now) });
        // A bucket is a tenth of the window: what lies in it is counted for nine to ten tenths.
        const recent = happened.filter(({ at }) => at > now - 9000);
        const earlier = happened.filter(({ at }) => at > now - 20_000);
        const extra = recent.reduce((sum, one) => sum + one.extra, 0);
        const allowed = Math.max(100, 0.2 * earlier.reduce((sum, one) => sum + one.requests, 0));
        expect(extra).toBeLessThanOrEqual(allowed);
      }
    }),
  );
});
