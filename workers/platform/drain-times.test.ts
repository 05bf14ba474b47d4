import { expect, test } from 'vitest';
import { drainTimes } from './drain-times.ts';

const times = (delay?: string, limit?: string) =>
  drainTimes((name) => (name === 'GOSSAMER_DRAIN_DELAY' ? delay : limit));

test.each([
  [undefined, undefined, 0, 30_000],
  ['500ms', '2m', 500, 120_000],
  ['0s', '0s', 0, 0],
  ['30s', undefined, 30_000, 30_000],
])('%s and %s', (delay, limit, expectedDelay, expectedLimit) => {
  expect(times(delay, limit)).toEqual({ delay: expectedDelay, limit: expectedLimit });
});

test.each(['', '5', '-1s', '1.5s', '1h', '5 s', '9999m'])('%j is refused by name', (text) => {
  expect(() => times(undefined, text)).toThrow('GOSSAMER_DRAIN_LIMIT is no time');
  expect(() => times(text)).toThrow('GOSSAMER_DRAIN_DELAY is no time');
});

test('a delay beyond the limit is refused', () => {
  expect(() => times('31s')).toThrow('longer than');
});
