import { expect, test } from 'vitest';
import { ramp } from './slow-start.ts';

test.each([
  [0, 1000, 0.1],
  [500, 1000, 0.5],
  [1000, 1000, 1],
  [-5, 1000, 0.1],
  [0, undefined, 1],
])('%i ms after it came, with a window of %s, an endpoint gets %d of its share', (now, window, share) => {
  expect(ramp(0, now, window)).toBe(share);
});

test('what was there when the router began is let in at once', () => {
  expect(ramp(Number.NEGATIVE_INFINITY, 0, 1000)).toBe(1);
});
