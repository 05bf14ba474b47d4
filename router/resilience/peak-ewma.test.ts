import { assert, double, property } from 'fast-check';
import { expect, test } from 'vitest';
import { latencyAt, withSample } from './peak-ewma.ts';

const at30 = { value: 30, at: 0 };

test('a slower answer is believed at once, a faster one with time', () => {
  expect(withSample(at30, 500, 1)).toEqual({ value: 500, at: 1 });
  expect(withSample(at30, 10, 1).value).toBeCloseTo(30, 1);
  expect(withSample(at30, 10, 30_000).value).toBe(10);
});

test('whoever is left alone is forgiven', () => {
  expect(latencyAt({ value: 5000, at: 0 }, 0)).toBe(5000);
  expect(latencyAt({ value: 5000, at: 0 }, 60_000)).toBeLessThan(15);
  expect(latencyAt(at30, -5)).toBe(30);
});

test('it never leaves the range of what was seen', () => {
  const ms = double({ min: 0.01, max: 10_000, noNaN: true });
  assert(
    property(ms, ms, ms, (value, sample, later) => {
      const { value: after } = withSample({ value, at: 0 }, sample, later);
      expect(after).toBeLessThanOrEqual(Math.max(value, sample));
      expect(after).toBeGreaterThanOrEqual(Math.min(value, sample));
    }),
  );
});
