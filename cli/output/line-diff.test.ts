import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineDiff } from './line-diff.ts';

test('a changed line is taken out and put in', () => {
  expect(lineDiff('a\nb\nc\n', 'a\nx\nc\n')).toEqual([' a', '-b', '+x', ' c']);
});

test('a new document is all new', () => {
  expect(lineDiff('', 'a\nb\n')).toEqual(['+a', '+b']);
});

test('far from a change lines are left out', () => {
  const before = `${'same\n'.repeat(10)}old\n`;
  expect(lineDiff(before, before.replace('old', 'new'))).toEqual(['...', ' same', ' same', ' same', '-old', '+new']);
});

test('as many lines come and go as the texts differ by', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = lineDiff(before.join('\n'), after.join('\n')).filter((line) => line !== '...');
      const gone = lines.filter((line) => line.startsWith('-')).length;
      const added = lines.filter((line) => line.startsWith('+')).length;
      expect(after.length - before.length).toBe(added - gone);
    }),
  );
});
