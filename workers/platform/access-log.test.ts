import { expect, test } from 'vitest';
import { accessLogOf, isTold } from './access-log.ts';

test('every request gets its line where nothing is said', () => {
  expect(accessLogOf(undefined, 'GOSSAMER_ACCESS_LOG')).toBe('all');
});

test('an unknown word is a mistake with a name', () => {
  expect(() => accessLogOf('some', 'GOSSAMER_ACCESS_LOG')).toThrow('GOSSAMER_ACCESS_LOG is none of all, refused, none');
});

test.each([
  ['all', undefined, true],
  ['all', 'permission_denied', true],
  ['refused', undefined, false],
  ['refused', 'permission_denied', true],
  ['none', 'permission_denied', false],
] as const)('with %s, a request whose reason is %s is told: %s', (which, reason, told) => {
  expect(isTold(accessLogOf(which, ''), { reason })).toBe(told);
});
