import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalPattern, canonicalTarget } from './canonical-target.ts';

const pathOf = (target: string): string | undefined => {
  const canonical = canonicalTarget(target);
  return 'path' in canonical ? canonical.path : undefined;
};

describe('refused', () => {
  test.each([
    '/a/../b',
    '/a/..',
    '/..',
    '/./a',
    '/a/.',
    '/%2e%2e/b',
    '/%2E./b',
    '/.%2e',
    '/a/%2e/b',
    '/%252e%252e/b',
    '/%25%32%65',
    '/%2525',
    '/a%2541',
    '//a',
    '/a//b',
    '/a//',
    '/;/a',
    '/..;/a',
    '/a;v=1',
    '/..%3bx',
    '/a%2fb',
    '/a%2Fb',
    '/a%5cb',
    '/a\\b',
    '/%00',
    '/%0a',
    '/%0D',
    '/%1f',
    '/%7f',
    '/a#b',
    '/%c0%ae',
    '/%ff',
    '/%ed%a0%80',
    '/%e3%81',
    '/é',
    '/a\tb',
    '/a b',
    '/a"b',
    '/<',
    '/>',
    '/a^b',
    '/{a}',
    '/a|b',
    '/`',
    '/%',
    '/%4',
    '/%zz',
    '/a%2',
    '',
    'a',
    '*',
    '?x',
    'http:/x',
    `/${'a'.repeat(8192)}`,
    `/a?${'x'.repeat(8190)}`,
    '/a?b c',
    '/a?b#c',
    '/a?é',
    '/a?\n',
  ])('%j', (target) => {
    expect(canonicalTarget(target)).toHaveProperty('invalid');
  });
});

test.each([
  ['/', '/'],
  ['/%61', '/a'],
  ['/%41%5F%7e%2d', '/A_~-'],
  ['/caf%c3%a9', '/caf%C3%A9'],
  ['/a%2eb', '/a.b'],
  ['/a/', '/a/'],
  ['/A/b', '/A/b'],
  ['/.../..a/a..', '/.../..a/a..'],
  ['/100%25', '/100%25'],
  ['/100%25/x', '/100%25/x'],
  ['/%25%c3%a9', '/%25%C3%A9'],
  ["/!$&'()*+,=:@[]-._~", "/!$&'()*+,=:@[]-._~"],
  ['/a%20b%3bc', '/a%20b%3Bc'],
  [`/${'a'.repeat(8191)}`, `/${'a'.repeat(8191)}`],
])('%s is spelled %s', (target, path) => {
  expect(pathOf(target)).toBe(path);
});

test('the query is kept as it is', () => {
  expect(canonicalTarget('/a?x=%2e%2E/../&y')).toEqual({ path: '/a', query: 'x=%2e%2E/../&y' });
  expect(canonicalTarget('/a?')).toEqual({ path: '/a', query: '' });
  expect(canonicalTarget('/a')).toEqual({ path: '/a', query: undefined });
});

const piece = fc.oneof(
  fc.constantFrom('/', '.', '..', '%2e', '%2E', '%25', '%2f', '%c3%a9', '%41', 'a', 'B', '~', ';', '?', '%', '2e'),
  fc.string({ maxLength: 3 }),
);
const anyTarget = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`);

test('canonical spelling is stable', () => {
  fc.assert(
    fc.property(anyTarget, (target) => {
      const path = pathOf(target);
      if (path !== undefined) expect(pathOf(path)).toBe(path);
    }),
    { numRuns: 2000 },
  );
});

test('a URL parser leaves a canonical path alone', () => {
  fc.assert(
    fc.property(anyTarget, (target) => {
      const path = pathOf(target);
      if (path !== undefined) expect(new URL(`http://x${path}`).pathname).toBe(path);
    }),
    { numRuns: 2000 },
  );
});

test('decoding a canonical path once brings forth no new separator or dot segment', () => {
  fc.assert(
    fc.property(anyTarget, (target) => {
      const path = pathOf(target);
      if (path === undefined) return;
      const decoded = decodeURIComponent(path);
      expect(decoded.split('/').length).toBe(path.split('/').length);
      expect(decoded.split('/')).not.toContain('..');
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['/caf%c3%a9', '/caf%C3%A9'],
  ['/café', '/caf%C3%A9'],
  ['/%61dmin*', '/admin*'],
  ['/a b', '/a%20b'],
  ['/{*}/x', '/{*}/x'],
])('a pattern %s of a document is read as %s', (text, spelled) => {
  expect(canonicalPattern(text)).toBe(spelled);
});
