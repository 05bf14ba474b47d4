import { expect, test } from 'vitest';
import { parseDuration } from './duration.ts';

test.each([
  ['15s', 15_000],
  ['0s', 0],
  ['1h30m', 5_400_000],
  ['250ms', 250],
  ['1m1s1ms', 61_001],
  ['99999h', 359_996_400_000],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '15', 's', '1.5s', '-1s', '1d', '100000s', '1s 1s', '1h1m1s1ms1s', 'PT1S', '1S', '1µs'])(
  '"%s" is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);
