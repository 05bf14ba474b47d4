import { expect, test } from 'vitest';
import { compileTemplate } from './path-template.ts';

test.each([
  ['/foo/{*}', '/foo/bar', true],
  ['/foo/{*}', '/foo/bar/baz', false],
  ['/foo/{*}', '/foo/', false],
  ['/foo/{*}/bar', '/foo/x/bar', true],
  ['/foo/{**}', '/foo/a/b', true],
  ['/foo/{**}', '/foo/', true],
  ['/foo/{**}', '/foo', false],
  ['/foo/{**}', '/food/a', false],
  ['/{**}', '/', true],
  ['/foo/{*}/bar/{**}', '/foo/buzz/bar/', true],
  ['/foo/{*}/bar/{**}', '/foo/buzz/bar/baz', true],
  ['/foo/{*}/bar/{**}', '/foo/a/b/bar/baz', false],
  ['/foo/{**}/end', '/foo/a/b/end', true],
  ['/foo/{**}/end', '/foo/a/b/end/x', false],
])('%s on %s: %s', (template, path, matches) => {
  expect(compileTemplate(template)?.(path)).toBe(matches);
});

test.each(['/*/baz/{*}', '/**/baz/{*}', '/{**}/foo/{*}', '/foo/{*}.txt', '/foo/{x}', '/{**}/{**}', 'foo/{*}'])(
  '%s is no template',
  (text) => {
    expect(compileTemplate(text)).toBeUndefined();
  },
);
