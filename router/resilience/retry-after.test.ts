import { expect, test } from 'vitest';
import { retryAfterWait } from './retry-after.ts';

const NOW = Date.UTC(2026, 1, 28, 23, 59, 59);

test.each([
  ['0', 0],
  [' 2 ', 2000],
  ['3600', 5000],
  ['Sat, 28 Feb 2026 23:59:59 GMT', 0],
  ['Sun, 01 Mar 2026 00:00:00 GMT', 1000],
  ['Sun, 01 Mar 2026 00:00:03 GMT', 4000],
  ['Mon, 01 Mar 2027 00:00:00 GMT', 5000],
  ['Fri, 27 Feb 2026 00:00:00 GMT', 0],
])('%j waits %i ms', (value, expected) => {
  expect(retryAfterWait(value, NOW)).toBe(expected);
});

test.each([undefined, '', '-1', '1.5', 'soon', '9'.repeat(10), 'Sun, 01 Foo 2026 00:00:00 GMT', '2026-03-01'])(
  '%j asks for nothing',
  (value) => {
    expect(retryAfterWait(value, NOW)).toBeUndefined();
  },
);

test.each([[Date.UTC(2024, 1, 29, 12)], [Date.UTC(2000, 11, 31, 23, 59, 58)], [Date.UTC(2100, 2, 1)]])(
  'agrees with the calendar at %i',
  (time) => {
    expect(retryAfterWait(new Date(time).toUTCString(), time - 1234)).toBe(1234);
  },
);
