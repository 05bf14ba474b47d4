import { expect, test } from 'vitest';
import type { Filter } from '../../snapshot/route.ts';
import { rewrittenPath } from './rewrite.ts';

const prefixFilter = (replacePrefixMatch: string): Filter => ({
  type: 'URLRewrite',
  path: { type: 'ReplacePrefixMatch', replacePrefixMatch },
});
const fullFilter = (replaceFullPath: string): Filter => ({
  type: 'URLRewrite',
  path: { type: 'ReplaceFullPath', replaceFullPath },
});

// The table of Gateway API, HTTPPathModifier.replacePrefixMatch.
test.each([
  ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
  ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
  ['/foo/', '/foo', '/xyz', '/xyz/'],
  ['/foo/', '/foo', '/xyz/', '/xyz/'],
  ['/foo', '/foo', '/xyz', '/xyz'],
  ['/foo', '/foo', '/xyz/', '/xyz/'],
  ['/foo/bar', '/foo', '', '/bar'],
  ['/foo/', '/foo', '', '/'],
  ['/foo', '/foo', '', '/'],
  ['/foo/', '/foo', '/', '/'],
  ['/foo', '/foo', '/', '/'],
  ['/foo/bar', '/', '/xyz', '/xyz/foo/bar'],
])('%s with prefix %s replaced by "%s" is %s', (path, prefix, by, result) => {
  expect(rewrittenPath(path, prefix, [prefixFilter(by)])).toEqual({ path: result });
});

test('a full path takes the place of any path', () => {
  expect(rewrittenPath('/a/b', undefined, [fullFilter('/caf%c3%a9')])).toEqual({ path: '/caf%C3%A9' });
});

test('the rewrite of a backendRef takes the place of its rule’s', () => {
  expect(rewrittenPath('/foo/a', '/foo', [fullFilter('/rule'), prefixFilter('/ref')])).toEqual({ path: '/ref/a' });
});

test('without a rewrite the path stays byte for byte', () => {
  expect(rewrittenPath('/a%20b/', '/', [{ type: 'URLRewrite', hostname: 'x' }])).toEqual({ path: '/a%20b/' });
});

test.each([
  [undefined, prefixFilter('/x')],
  ['/', fullFilter('/a//b')],
  ['/', fullFilter('relative')],
  ['/', fullFilter('/a?b')],
])('a rewrite that makes no canonical path is invalid (%s, %o)', (prefix, filter) => {
  expect(rewrittenPath('/foo', prefix, [filter])).toHaveProperty('invalid');
});
