import { expect, test } from 'vitest';
import type { RegexProgram } from '../../snapshot/regex-program.ts';
import { matchesWhole } from './regex.ts';

const unit = (char: string, to: number) => ({ op: 'c', ranges: [char.charCodeAt(0), char.charCodeAt(0)], to }) as const;

/** `(a*)*b` */
const nested: RegexProgram = {
  source: '(a*)*b',
  start: 1,
  states: [{ op: 'm' }, { op: 'e', to: [2, 4] }, { op: 'e', to: [3, 1] }, unit('a', 2), unit('b', 0)],
};

/** `(a|é)(.?)` with a class of two ranges in the place of the dot. */
const classes: RegexProgram = {
  source: '(a|é)[0-9x-z]?',
  start: 4,
  states: [
    { op: 'm' },
    { op: 'c', ranges: [0x30, 0x39, 0x78, 0x7a], to: 0 },
    { op: 'e', to: [1, 0] },
    unit('a', 2),
    { op: 'e', to: [3, 5] },
    unit('é', 2),
  ],
};

test.each([
  ['b', true],
  ['aaab', true],
  ['aaa', false],
  ['aaabb', false],
  ['xaab', false],
  ['', false],
])('the whole text has to match: %j %s', (text, holds) => {
  expect([matchesWhole(nested, text), matchesWhole(nested, text)]).toEqual([holds, holds]);
});

test('ranges, alternatives and what is not ASCII', () => {
  const texts = ['a', 'é', 'a7', 'éz', 'aw', 'éé', 'b'];
  expect(texts.filter((text) => matchesWhole(classes, text))).toEqual(['a', 'é', 'a7', 'éz']);
});

test('an expression that would make a backtracking engine hang is as quick as any other', () => {
  expect(matchesWhole(nested, 'a'.repeat(500_000))).toBe(false);
  expect(matchesWhole(nested, `${'a'.repeat(500_000)}b`)).toBe(true);
});

test('what would take too much work never matches, however much is remembered', () => {
  const text = `${'a'.repeat(900_000)}b`;
  expect([matchesWhole(nested, 'ab'), matchesWhole(nested, text)]).toEqual([true, false]);
});

test('answers stay right when sets of states are forgotten', () => {
  // `.*a.{n}`: the set of states is the pattern of the last n units, so there are 2^n of them.
  const n = 14;
  const any = [0, 0xffff];
  const tail = Array.from({ length: n }, (_, i) => ({ op: 'c', ranges: any, to: i === 0 ? 0 : i }) as const);
  const last = n + 1;
  const program: RegexProgram = {
    source: `.*a.{${n}}`,
    start: last,
    states: [
      { op: 'm' },
      ...tail,
      { op: 'e', to: [last + 1, last + 2] },
      { op: 'c', ranges: any, to: last },
      unit('a', n),
    ],
  };
  const expression = new RegExp(`^.*a.{${n}}$`);
  for (let i = 0; i < 20_000; i++) {
    const text = i
      .toString(2)
      .padStart(n + 1, '0')
      .replaceAll('0', 'b')
      .replaceAll('1', 'a');
    if (matchesWhole(program, text) !== expression.test(text)) expect.fail(text);
  }
});
