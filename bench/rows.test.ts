import { expect, test } from 'vitest';
import { ratiosOf } from './proxies/ratios.ts';
import { median, percentile, rowOf } from './rows.ts';

test('a row is the median with the least and the most', () => {
  expect(rowOf('size', 'x', [3, 1, 2], 'kB')).toEqual({
    section: 'size',
    name: 'x',
    value: 2,
    unit: 'kB',
    spread: [1, 3],
  });
  expect(rowOf('size', 'x', [3], 'kB')).not.toHaveProperty('spread');
});

test('the median of an even number lies in the middle of two', () => expect(median([4, 1, 3, 2])).toBe(2.5));

test('a percentile is a value that was seen', () => {
  const values = Array.from({ length: 100 }, (_, n) => 100 - n);
  expect([percentile(values, 0.5), percentile(values, 0.99), percentile([7], 0.99)]).toEqual([51, 100, 7]);
});

test('ratios are taken round by round, ours to the bare of the runtime and to every peer', () => {
  const rates = new Map([
    ['gossamer on node', [8, 30, 9]],
    ['gossamer on bun', [5, 5]],
    ['bare node', [10, 60, 10]],
    ['envoy', [4, 10, 9]],
  ]);
  expect(ratiosOf(rates)).toEqual([
    rowOf('ratios', 'gossamer on node / bare node', [0.8, 0.5, 0.9], 'x'),
    rowOf('ratios', 'gossamer on node / envoy', [2, 3, 1], 'x'),
  ]);
});
