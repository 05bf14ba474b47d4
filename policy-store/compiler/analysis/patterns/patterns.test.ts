import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileBlocks } from '../../../../router/authorization/ip-block.ts';
import { compileTemplate, isTemplate } from '../../../../router/authorization/path-template.ts';
import { compilePatterns } from '../../../../router/authorization/pattern.ts';
import { blockCovers, blockDisjoint } from './address-block.ts';
import { pathCovers, pathDisjoint } from './path-pattern.ts';
import { textCovers, textDisjoint } from './text-pattern.ts';

type Test = (value: string) => boolean;

/** Every text of some characters up to a length: what the routers' own code says of each is what must come out. */
function texts(characters: string, length: number): string[] {
  const all = [''];
  for (let at = 0, end = 1; length > 0; length--, end = all.length) {
    for (; at < end; at++) for (const character of characters) all.push(all[at] + character);
  }
  return all;
}

const byForce = (universe: readonly string[], one: Test, other: Test) => ({
  covers: universe.every((value) => !other(value) || one(value)),
  disjoint: !universe.some((value) => one(value) && other(value)),
});

const word = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 });
const text = fc.oneof(
  fc.constant('*'),
  word,
  word.map((w) => `${w}*`),
  word.map((w) => `*${w}`),
);

test('texts: covering and disjointness are what trying every text says', () => {
  // `x` stands for all that no pattern names.
  const universe = texts('abx', 7);
  fc.assert(
    fc.property(text, text, (one, other) => {
      const truth = byForce(universe, compilePatterns([one]), compilePatterns([other]));
      expect([textCovers(one, other), textDisjoint(one, other)]).toEqual([truth.covers, truth.disjoint]);
    }),
    { numRuns: 400 },
  );
});

const segment = fc.constantFrom('a', 'b', '{*}');
const path = fc
  .record({
    before: fc.array(segment, { maxLength: 2 }),
    end: fc.constantFrom('', '/', '/*', '/{**}', '/{**}/a', 'b*'),
  })
  .map(({ before, end }) => `/${before.join('/')}${before.length === 0 ? end.replace(/^\//, '') : end}`)
  .filter((p) => !(p.includes('{') && p.endsWith('*')));
const anyPath = fc.oneof(path, fc.constantFrom('*', '*a', '*/a', '*/', '*b/a', '/{*}', '/{**}', '/{*}/{**}'));
const pathTest = (pattern: string): Test =>
  isTemplate(pattern) ? (compileTemplate(pattern) ?? (() => false)) : compilePatterns([pattern]);
const PATHS = texts('ab/', 7).map((rest) => `/${rest}`);

test('paths: what is claimed is what trying every path says', () => {
  fc.assert(
    fc.property(anyPath, anyPath, (one, other) => {
      const truth = byForce(PATHS, pathTest(one), pathTest(other));
      if (pathCovers(one, other)) expect(truth.covers).toBe(true);
      if (pathDisjoint(one, other)) expect(truth.disjoint).toBe(true);
      // A short universe may show too much covering, never too little overlap.
      if (!pathDisjoint(one, other)) expect(truth.disjoint).toBe(false);
    }),
    { numRuns: 400 },
  );
});

test.each([
  ['/a/{**}', '/a/*'],
  ['/a/*', '/a/{*}/c'],
  ['/{*}/b', '/a/b'],
  ['/{**}', '*'],
  ['/a/{**}/c', '/a/{*}/c'],
  ['/{*}/{**}', '/a/*'],
])('%s covers %s', (wide, narrow) => {
  expect([pathCovers(wide, narrow), pathCovers(narrow, wide)]).toEqual([true, wide === '/a/{**}' || wide === '/{**}']);
});

const block = fc
  .tuple(fc.nat(255), fc.nat(3), fc.constantFrom(8, 16, 24, 30, 32))
  .map(([a, d, bits]) => `10.0.${a % 3}.${d}${bits === 32 ? '' : `/${bits}`}`);
const ADDRESSES = [0, 1, 2, 3]
  .flatMap((c) => [0, 1, 2, 3, 4, 9].map((d) => `10.0.${c}.${d}`))
  .concat('10.9.0.0', '11.0.0.1');

test('addresses: covering and disjointness are what trying addresses says', () => {
  fc.assert(
    fc.property(block, block, (one, other) => {
      const truth = byForce(ADDRESSES, compileBlocks([one]), compileBlocks([other]));
      if (blockCovers(one, other)) expect(truth.covers).toBe(true);
      expect(blockDisjoint(one, other)).toBe(truth.disjoint);
    }),
  );
});

test('nothing is claimed of addresses that could be of either version', () => {
  expect([blockCovers('::ffff:0:0/96', '::ffff:a00:1'), blockDisjoint('::ffff:a00:1', '10.0.0.1')]).toEqual([
    false,
    false,
  ]);
});
