import { expect, test } from 'vitest';
import { afterAnswer, isOut, mayEject, NO_OUTLIER, type OutlierState } from './outlier.ts';

const SETTINGS = {
  consecutive5xx: 3,
  interval: 10_000,
  baseEjection: 30_000,
  maxEjection: 70_000,
  maxEjectionPercent: 50,
};
const fail = (state: OutlierState, now: number, times = 3, may = true): OutlierState =>
  Array.from({ length: times }).reduce<OutlierState>(
    (before) => afterAnswer(before, true, { now, mayEject: may }, SETTINGS),
    state,
  );

test('answers of 500 in a row put it out, a good one begins the row anew', () => {
  const twice = fail(NO_OUTLIER, 0, 2);
  expect(isOut(fail(twice, 0, 1), 0)).toBe(true);
  expect(isOut(fail(afterAnswer(twice, false, { now: 0, mayEject: true }, SETTINGS), 0, 2), 0)).toBe(false);
});

test('each stay is longer by the base, up to the limit, and forgiven by the interval', () => {
  const first = fail(NO_OUTLIER, 0);
  const second = fail(first, first.until);
  const third = fail(second, second.until);
  expect([first.until, second.until - first.until, third.until - second.until]).toEqual([30_000, 60_000, 70_000]);
  const later = third.until + 30_000;
  expect(fail(third, later).until - later).toBe(30_000);
});

test('what it answers while it is out changes nothing', () => {
  const out = fail(NO_OUTLIER, 0);
  expect(fail(out, 10_000)).toBe(out);
});

test('no more are put out than the service can do without, one always is', () => {
  expect([mayEject(0, 1, SETTINGS), mayEject(1, 4, SETTINGS), mayEject(2, 4, SETTINGS)]).toEqual([true, true, false]);
  expect(isOut(fail(NO_OUTLIER, 0, 9, false), 0)).toBe(false);
});
