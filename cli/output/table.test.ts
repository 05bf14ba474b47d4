import { expect, test } from 'vitest';
import { age, table } from './table.ts';

test('columns are as wide as their widest cell, without trailing blanks', () => {
  expect(
    table(
      ['NAME', 'STATE'],
      [
        ['payments', 'OK'],
        ['x', ''],
      ],
    ),
  ).toBe('NAME       STATE\npayments   OK\nx\n');
});

test('colour codes take no room', () => {
  const green = '\u001b[32mOK\u001b[39m';
  expect(table(['A', 'B'], [[green, 'b']])).toBe(`A    B\n${green}   b\n`);
});

test.each([
  ['2026-11-22T23:59:18Z', '42s'],
  ['2026-11-22T23:55:00Z', '5m'],
  ['2026-11-22T20:00:00Z', '4h'],
  ['2026-11-14T00:00:00Z', '9d'],
  ['2026-11-24T00:00:00Z', '0s'],
  ['nonsense', '-'],
  [undefined, '-'],
])('age of %s is %s', (timestamp, wanted) => {
  expect(age(timestamp, Date.UTC(2026, 10, 23))).toBe(wanted);
});
