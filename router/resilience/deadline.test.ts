import { expect, test } from 'vitest';
import { parseDeadline, timeBounds, tryBound } from './deadline.ts';

const SERVICE = { requestTimeout: 15_000, tryTimeout: 3000 };

test.each([
  ['1700000000000', 1_700_000_000_000],
  ['0', 0],
  ['1.5', undefined],
  ['-1', undefined],
  ['1e9', undefined],
  ['', undefined],
  ['1'.repeat(16), undefined],
])('Mesh-Deadline %j is %s', (text, expected) => {
  expect(parseDeadline(text)).toBe(expected);
});

test.each([
  ['the service', {}, undefined, { deadline: 16_000, tryTimeout: 3000, byCaller: false }],
  ['the rule', { request: 500, backendRequest: 200 }, undefined, { deadline: 1500, tryTimeout: 200, byCaller: false }],
  ['the caller, when sooner', {}, 4000, { deadline: 4000, tryTimeout: 3000, byCaller: true }],
  ['not the caller, when later', {}, 99_000, { deadline: 16_000, tryTimeout: 3000, byCaller: false }],
  [
    'nobody, when off',
    { request: 0, backendRequest: 0 },
    undefined,
    { deadline: undefined, tryTimeout: 0, byCaller: false },
  ],
  ['the caller, when the rest is off', { request: 0 }, 4000, { deadline: 4000, tryTimeout: 3000, byCaller: true }],
])('bounded by %s', (_name, rule, callers, expected) => {
  expect(timeBounds(1000, rule, SERVICE, callers)).toEqual(expected);
});

test.each([
  [
    { deadline: 5000, tryTimeout: 200 },
    { at: 1200, reason: 'upstream_timeout' },
  ],
  [
    { deadline: 1100, tryTimeout: 200 },
    { at: 1100, reason: 'deadline_exceeded' },
  ],
  [
    { deadline: 1200, tryTimeout: 200 },
    { at: 1200, reason: 'deadline_exceeded' },
  ],
  [
    { deadline: 5000, tryTimeout: 0 },
    { at: 5000, reason: 'deadline_exceeded' },
  ],
  [
    { deadline: undefined, tryTimeout: 200 },
    { at: 1200, reason: 'upstream_timeout' },
  ],
  [{ deadline: undefined, tryTimeout: 0 }, undefined],
])('a try within %j ends %j', (bounds, expected) => {
  expect(tryBound({ ...bounds, byCaller: false }, 1000)).toEqual(expected);
});
