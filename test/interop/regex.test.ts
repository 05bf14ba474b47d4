import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRegex, RegexRefused } from '../../policy-store/compiler/regex.ts';
import { matchesWhole } from '../../router/routing/regex.ts';

/** The engine of the language, made to match whole texts; `.` and `$` as the compiler reads them. */
const whole = (source: string): RegExp =>
  new RegExp(`^(?:${source.replace(/^\(\?i\)/, '')})$`, source.startsWith('(?i)') ? 'i' : '');

const character = fc.constantFrom('a', 'b', 'c', '1', '-', '/', '.', ' ', 'é', '\n');
const atom: fc.Arbitrary<string> = fc.constantFrom(
  ...['a', 'b', '1', '/', '-', '.', '\\.', '\\d', '\\w', '\\s', '\\D', '\\W', '\\S', 'é', '\\n', '\\x61'],
  ...['[ab]', '[^a]', '[a-c1]', '[^\\d]', '[\\w-]', '[.]', '[a/]'],
);
const { expression } = fc.letrec<{ expression: string; piece: string }>((tie) => ({
  piece: fc
    .tuple(
      fc.oneof(
        { weight: 4, arbitrary: atom },
        { weight: 1, arbitrary: tie('expression').map((inner) => `(${inner})`) },
      ),
      fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,2}', '{0,}', '*?'),
    )
    .map(([one, times]) => one + times),
  expression: fc.oneof(
    { maxDepth: 3 },
    fc.array(tie('piece'), { maxLength: 4 }).map((pieces) => pieces.join('')),
    fc.tuple(tie('piece'), tie('piece')).map(([a, b]) => `${a}|${b}`),
  ),
}));
const source = fc.tuple(fc.constantFrom('', '', '(?i)'), expression).map(([flag, text]) => flag + text);
const text = fc.array(character, { maxLength: 8 }).map((characters) => characters.join(''));

test('an automaton agrees with the engine of the language', () => {
  fc.assert(
    fc.property(source, fc.array(text, { minLength: 1, maxLength: 6 }), (written, texts) => {
      const program = compileRegex(written);
      const engine = whole(written);
      for (const one of texts) expect([one, matchesWhole(program, one)]).toEqual([one, engine.test(one)]);
    }),
    { numRuns: 3000 },
  );
});

test('whatever is written, it is compiled or refused with a reason', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab()[]{}*+?|\\^$.-,1:di') }), (written) => {
      try {
        matchesWhole(compileRegex(written), 'ab1');
      } catch (error) {
        expect(error).toBeInstanceOf(RegexRefused);
      }
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ['(a*)*b', 'a'.repeat(200_000)],
  ['(a|a)*b', 'a'.repeat(200_000)],
  ['(.*)(.*)(.*)x', 'a'.repeat(100_000)],
  ['(a?){30}a{30}', 'a'.repeat(29)],
])('%s is no trap', (written, hostile) => {
  expect(matchesWhole(compileRegex(written), hostile)).toBe(false);
});
