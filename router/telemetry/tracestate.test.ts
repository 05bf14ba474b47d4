import { expect, test } from 'vitest';
import { readTracestate } from './tracestate.ts';

const members = (n: number, value = '1'): string => Array.from({ length: n }, (_, i) => `k${i}=${value}`).join(',');

test.each([
  ['a=1,b=2', 'a=1,b=2'],
  [' a=1 ,\t,, b=2', 'a=1,b=2'],
  ['t9n@sys=x', 't9n@sys=x'],
  ['9n@sys=x', '9n@sys=x'],
  ['a=in side', 'a=in side'],
  [`${'k'.repeat(256)}=1`, `${'k'.repeat(256)}=1`],
  [members(32), members(32)],
])('%j is sent on', (value, expected) => {
  expect(readTracestate(value)).toBe(expected);
});

test.each([
  undefined,
  '',
  ',',
  'a',
  '=1',
  'a=',
  'A=1',
  '9=1',
  'a=b=c',
  'a =1',
  'a=1,b',
  'a=\u00e9',
  `${'k'.repeat(257)}=1`,
  `a=${'v'.repeat(257)}`,
  `a@${'s'.repeat(15)}=1`,
  members(33),
])('%j is worth nothing', (value) => {
  expect(readTracestate(value)).toBeUndefined();
});

test('of a list that is too long the long members go first, then the last', () => {
  const long = `long=${'v'.repeat(200)}`;
  const kept = readTracestate(`${long},${members(30, 'v'.repeat(100))}`) ?? '';
  expect(kept).not.toContain('long=');
  expect(kept.startsWith('k0=')).toBe(true);
  expect(kept.length).toBeLessThanOrEqual(2048);
});
