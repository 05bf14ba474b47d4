import { expect, test } from 'vitest';
import { HELP, SECTIONS, wantedOf } from './arguments.ts';

test('without arguments it is the whole run', () => {
  expect(wantedOf([])).toEqual({
    quick: false,
    json: false,
    write: false,
    sections: SECTIONS,
    among: [],
    rounds: undefined,
  });
});

test('quick, json and the rest are understood in any order', () => {
  expect(wantedOf(['--json', 'quick', '--rounds', '2', '--only', 'size,micro', '--among', 'bun,envoy'])).toMatchObject({
    quick: true,
    json: true,
    rounds: 2,
    sections: ['size', 'micro'],
    among: ['bun', 'envoy'],
  });
});

test.each([['--help'], ['-h'], ['quick', '--help']])('%s asks for help', (...args) => {
  expect(wantedOf(args)).toBe('help');
});

test.each([
  ['fast'],
  ['quick', 'more'],
  ['--fast'],
  ['--only', 'nothing'],
  ['--rounds', '0'],
  ['--rounds', '1.5'],
  ['--rounds', 'x'],
])('%s %s is refused', (...args) => {
  expect(() => wantedOf(args)).toThrow();
});

test('the help names every option', () => {
  for (const option of ['quick', '--json', '--write', '--rounds', '--only', '--among', '--help', ...SECTIONS]) {
    expect(HELP).toContain(option);
  }
});
