import { expect, test } from 'vitest';
import { parseRequestTimeout, requestTimeout } from './request-timeout.ts';

test.each([
  ['5', 5000],
  ['0.25', 250],
  ['0', undefined],
  ['5s', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  ['5, 6', undefined],
  ['1'.repeat(9), undefined],
  ['', undefined],
])('Request-Timeout %j is %s ms', (text, ms) => {
  expect(parseRequestTimeout(text)).toBe(ms);
});

test.each([
  [5999, '5'],
  [1000, '1'],
  [1, '1'],
])('%i ms that are left are %s s', (ms, text) => {
  expect(requestTimeout(ms)).toBe(text);
});
