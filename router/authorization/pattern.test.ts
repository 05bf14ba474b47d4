import { expect, test } from 'vitest';
import { compilePatterns } from './pattern.ts';

test.each([
  ['abc', ['abc'], ['ab', 'abcd', 'ABC']],
  ['abc*', ['abc', 'abcd'], ['ab', 'xabc']],
  ['*abc', ['abc', 'xabc'], ['abcx']],
  ['*', ['a', '*'], ['']],
  ['a.c', ['a.c'], ['abc']],
  ['a*c', ['a*c'], ['abc']],
])('%s', (pattern, named, others) => {
  const test = compilePatterns([pattern]);
  expect(named.map(test)).toEqual(named.map(() => true));
  expect(others.map(test)).toEqual(others.map(() => false));
});

test('what is absent or empty is named by nothing', () => {
  for (const pattern of ['*', '', 'a*', '*a']) {
    expect([undefined, ''].map(compilePatterns([pattern])), pattern).toEqual([false, false]);
  }
});
