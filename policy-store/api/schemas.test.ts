import { expect, test } from 'vitest';
import { duration, flag } from './schemas.ts';

test.each([
  [undefined, undefined],
  ['0s', 0],
  ['500ms', 500],
  ['10s', 10_000],
  ['1m', 60_000],
])('the duration %s', (text, milliseconds) => {
  expect(duration(text, 'wait', 60_000)).toBe(milliseconds);
});

test.each(['', '10', 's', '-1s', '1.5s', '61s', '10S', '1h', '10s ', 'NaNs', '9999999s'])(
  'the duration "%s" is refused',
  (text) => {
    expect(() => duration(text, 'wait', 60_000)).toThrow('`wait` is a duration like 10s');
  },
);

test('a flag is true, false or absent', () => {
  expect([flag('true', 'x'), flag('false', 'x'), flag(undefined, 'x')]).toEqual([true, false, false]);
  expect(() => flag('1', 'dryRun')).toThrow('`dryRun` is true or false');
});
