import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalPathText } from './path-text.ts';

test.each([
  ['/admin/*', '/admin/*'],
  ['/%61dmin', '/admin'],
  ['/caf%c3%a9', '/caf%C3%A9'],
  ['/café', '/caf%C3%A9'],
  ['/a b', '/a%20b'],
  ['/100%', '/100%25'],
  ['/%2a', '/%2A'],
  ['/😀', '/%F0%9F%98%80'],
  ['*.php', '*.php'],
  ['/é/{*}/%61/{**}', '/%C3%A9/{*}/a/{**}'],
  ['/{*}x{**}', '/%7B*%7Dx%7B**%7D'],
])('%s is compared as %s', (written, compared) => {
  expect(canonicalPathText(written)).toBe(compared);
});

test('the form is final', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const once = canonicalPathText(text);
      expect(canonicalPathText(once)).toBe(once);
    }),
  );
});
