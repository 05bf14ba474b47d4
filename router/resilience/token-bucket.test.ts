import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BucketSize, fullAfter, tokensIn, waitFor } from './token-bucket.ts';

const THREE: BucketSize = { requests: 2, window: 1000, burst: 3 };

/** Asks at each moment and takes where there is room. @returns the moments at which it was let in */
function letIn(size: BucketSize, moments: readonly number[]): number[] {
  let fullAt = 0;
  return moments.filter((now) => {
    if (waitFor(fullAt, 1, size, now) > 0) return false;
    fullAt = fullAfter(fullAt, 1, size, now);
    return true;
  });
}

test('as many as it holds at once, then as they flow in', () => {
  expect(letIn(THREE, [0, 0, 0, 0, 499, 500, 500, 999, 1000])).toEqual([0, 0, 0, 500, 1000]);
});

test('says how many are left, and how long it takes until there is one', () => {
  let fullAt = 0;
  const told = [0, 0, 0].map(() => {
    fullAt = fullAfter(fullAt, 1, THREE, 0);
    return [tokensIn(fullAt, THREE, 0), waitFor(fullAt, 1, THREE, 0)];
  });
  expect(told).toEqual([
    [2, 0],
    [1, 0],
    [0, 500],
  ]);
  expect([fullAt, waitFor(fullAt, 1, THREE, 200), tokensIn(fullAt, THREE, 9_000)]).toEqual([1500, 300, 3]);
});

test('what is given back can be taken again, and never more than it holds', () => {
  const twice = fullAfter(fullAfter(0, 2, THREE, 0), -1, THREE, 0);
  expect(tokensIn(twice, THREE, 0)).toBe(2);
  expect(tokensIn(fullAfter(twice, -9, THREE, 0), THREE, 0)).toBe(3);
});

const sizes = fc.record({
  requests: fc.integer({ min: 1, max: 1_000 }),
  window: fc.integer({ min: 1, max: 100_000 }),
  burst: fc.integer({ min: 1, max: 50 }),
});
const times = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 1, maxLength: 200 }).map((steps) => {
  let now = 0;
  return steps.map((step, i) => {
    now += i % 3 === 0 ? step : 0;
    return now;
  });
});

test('in no stretch of time more than the burst and what flowed in', () => {
  fc.assert(
    fc.property(sizes, times, (size, moments) => {
      const taken = letIn(size, moments);
      taken.forEach((from, i) => {
        for (let j = i; j < taken.length; j++) {
          const flowed = (((taken[j] as number) - from) * size.requests) / size.window;
          expect(j - i + 1).toBeLessThanOrEqual(size.burst + flowed + 0.01);
        }
      });
    }),
    { numRuns: 60 },
  );
});

test('refuses nobody who comes no faster than it fills', () => {
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 300 }), (size, count) => {
      const moments = Array.from({ length: count }, (_, i) => (i * size.window) / size.requests);
      expect(letIn(size, moments)).toHaveLength(count);
    }),
  );
});

test('who waits as long as he is told is let in', () => {
  fc.assert(
    fc.property(sizes, times, (size, moments) => {
      let fullAt = 0;
      for (const now of moments) {
        const wait = waitFor(fullAt, 1, size, now);
        expect(waitFor(fullAt, 1, size, now + wait)).toBe(0);
        if (wait === 0) fullAt = fullAfter(fullAt, 1, size, now);
      }
    }),
  );
});
