import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RegexProgram } from '../../../snapshot/regex-program.ts';
import { compileRegex, RegexRefused } from './regex.ts';

/** The automaton's meaning, the slow and obvious way: sets of states. */
function matches({ start, states }: RegexProgram, text: string): boolean {
  const closed = (from: number[]): Set<number> => {
    const all = new Set(from);
    for (const index of all) {
      const state = states[index];
      if (state?.op === 'e') for (const next of state.to) all.add(next);
    }
    return all;
  };
  let active = closed([start]);
  for (const unit of text) {
    const code = unit.charCodeAt(0);
    const next = [...active].flatMap((index) => {
      const state = states[index];
      if (state?.op !== 'c') return [];
      const inside = state.ranges.some((low, i) => i % 2 === 0 && low <= code && code <= (state.ranges[i + 1] ?? -1));
      return inside ? [state.to] : [];
    });
    active = closed(next);
  }
  return [...active].some((index) => states[index]?.op === 'm');
}

test.each([
  ['/v[12]/x', ['/v1/x', '/v2/x'], ['/v3/x', '/v1/x/', 'a/v1/x']],
  ['^/orders/\\d+$', ['/orders/1', '/orders/42'], ['/orders/', '/orders/1a']],
  ['a|bc', ['a', 'bc'], ['ac', 'abc', '']],
  ['^a|b$', ['a', 'b'], ['ab']],
  ['(?i)Get[a-c]', ['gETB', 'getC'], ['getd']],
  ['(?i)[^a]', ['b', 'B'], ['a', 'A']],
  ['a{2,3}', ['aa', 'aaa'], ['a', 'aaaa']],
  ['a{2,}?b', ['aab', 'aaaab'], ['ab']],
  ['(ab){0}c', ['c'], ['abc']],
  ['x{,2}', ['x{,2}'], ['x', 'xx']],
  ['[]a]+', [']a]'], ['b']],
  ['[a\\-z]', ['a', '-', 'z'], ['b']],
  ['[a-]', ['a', '-'], ['b']],
  ['\\x41\\.\\/\\t', ['A./\t'], ['A1/\t']],
  ['.*', ['', 'anything'], ['two\nlines']],
  ['(a*)*b', ['b', 'aab'], ['aac']],
  ['(?:a|)b', ['ab', 'b'], ['aab']],
  ['', [''], ['a']],
])('%s', (source, good, bad) => {
  const program = compileRegex(source);
  expect(good.filter((text) => !matches(program, text))).toEqual([]);
  expect(bad.filter((text) => matches(program, text))).toEqual([]);
});

test.each([
  ['(a)\\1', 'a backreference (at offset 4)'],
  ['a(?=b)', 'lookaround'],
  ['(?<name>a)', 'named group'],
  ['a(?i)b', 'inner flag'],
  ['\\bword', 'the escape `\\b`'],
  ['\\p{L}', 'the escape `\\p`'],
  ['[[:alpha:]]', 'POSIX'],
  ['a^b', '`^` inside'],
  ['a$b', '`$` inside'],
  ['a++', 'a repetition repeated'],
  ['*a', 'nothing to repeat'],
  ['(a', 'a group that is not closed (at offset 2)'],
  ['a)', 'unmatched `)`'],
  ['[a', 'a class that is not closed'],
  ['[z-a]', 'from low to high'],
  ['[\\d-z]', 'from low to high'],
  ['a{3,2}', 'wrong way round'],
  ['a{1001}', 'more than 1000 repetitions'],
  ['(a{100}){100}', 'more than 1000 states'],
  ['a\\', 'a backslash at the end'],
  ['(('.repeat(30), 'nested deeper'],
  ['x'.repeat(1025), 'longer than'],
  ['[\u{1f600}]', 'beyond U+FFFF'],
])('%s is refused', (source, reason) => {
  expect(() => compileRegex(source)).toThrow(RegexRefused);
  expect(() => compileRegex(source)).toThrow(reason);
});

test('repeating nothing a million times over is no wait', () => {
  expect(matches(compileRegex(`${'('.repeat(9)}${'){1000}'.repeat(9)}`), '')).toBe(true);
  expect(matches(compileRegex('((){1000}a?){100}'), 'aaa')).toBe(true);
});

/** Expressions that RE2 and JavaScript read alike. */
const { expression } = fc.letrec<{ expression: string; piece: string }>((tie) => ({
  piece: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '[a-c]', '\\d', '\\w', '\\W', '\\.', '-'),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,}', '*?'))
      .map(([a, r]) => `(${a})${r}`),
  ),
  expression: fc.array(tie('piece'), { maxLength: 3 }).map((pieces) => pieces.join('')),
}));

test('agrees with JavaScript where both know the expression', () => {
  const text = fc.string({ unit: fc.constantFrom(...'abc1.-A_'), maxLength: 8 });
  fc.assert(
    fc.property(expression, fc.boolean(), fc.array(text, { maxLength: 10 }), (source, ignoreCase, texts) => {
      const program = compileRegex(ignoreCase ? `(?i)${source}` : source);
      const reference = new RegExp(`^(?:${source})$`, ignoreCase ? 'is' : 's');
      for (const one of texts) expect(matches(program, one)).toBe(reference.test(one));
    }),
    { numRuns: 500 },
  );
});

test('no text makes it fail in another way', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab()[]{}|*+?^$\\.-,1:<=!i'), maxLength: 20 }), (source) => {
      try {
        expect(compileRegex(source).states.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(RegexRefused);
      }
    }),
    { numRuns: 2000 },
  );
});
