import { expect, test } from 'vitest';
import { hostnameIntersection, moreSpecificFirst } from './hostnames.ts';

test.each([
  ['a.example.com', 'a.example.com', 'a.example.com'],
  ['*', 'a.example.com', 'a.example.com'],
  ['*', '*', '*'],
  ['*.example.com', 'a.b.example.com', 'a.b.example.com'],
  ['*.example.com', '*.b.example.com', '*.b.example.com'],
  ['*.example.com', 'example.com', undefined],
  ['*.example.com', 'badexample.com', undefined],
  ['*.example.com', '*.example.org', undefined],
  ['*.com', '*.example.com', '*.example.com'],
  ['a.example.com', 'b.example.com', undefined],
])('%s and %s have %s in common', (a, b, common) => {
  expect(hostnameIntersection(a, b)).toBe(common);
  expect(hostnameIntersection(b, a)).toBe(common);
});

test('exact names come first, then the longer wildcard', () => {
  const names = ['*', '*.example.com', 'b.com', '*.a.example.com', 'a.example.com'];
  expect(names.sort(moreSpecificFirst)).toEqual(['a.example.com', 'b.com', '*.a.example.com', '*.example.com', '*']);
});
