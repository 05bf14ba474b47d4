import { expect, test } from 'vitest';
import { backOff } from './back-off.ts';

test.each([
  [1, 0, 250],
  [1, 1, 500],
  [2, 1, 1000],
  [6, 0, 7500],
  [6, 1, 15_000],
  [1000, 1, 15_000],
])('after %i failures with a random of %d: %i ms', (failures, random, ms) => {
  expect(backOff(failures, random)).toBe(ms);
});
