import { expect, test } from 'vitest';
import { compileRouteTable } from './compile.ts';
import { coversHost, findVirtualHost, isMoreSpecific } from './virtual-host.ts';

const table = compileRouteTable({ matches: [], rules: [] });
const listener = (hostname: string | undefined, ...hosts: string[]) => ({
  listener: hostname === undefined ? {} : { hostname },
  hosts: hosts.map((name) => ({ hostname: name, table })),
});

test.each([
  ['*.example.com', 'a.example.com', true],
  ['*.example.com', 'a.b.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*.example.com', 'badexample.com', false],
  ['example.com', 'example.com', true],
  ['example.com', 'a.example.com', false],
  ['*', '127.0.0.1', true],
  [undefined, '127.0.0.1', true],
])('%s covers %s: %s', (hostname, host, covers) => {
  expect(coversHost(hostname, host)).toBe(covers);
});

const LISTENERS = [
  listener(undefined, '*', 'api.other.org'),
  listener('*.example.com', '*.example.com', 'www.example.com'),
  listener('*.foo.example.com', '*.foo.example.com'),
  listener('abc.foo.example.com', 'abc.foo.example.com'),
];

test.each([
  ['abc.foo.example.com', 'abc.foo.example.com'],
  ['x.foo.example.com', '*.foo.example.com'],
  ['www.example.com', 'www.example.com'],
  ['x.example.com', '*.example.com'],
  ['api.other.org', 'api.other.org'],
  ['example.com', '*'],
  ['127.0.0.1', '*'],
])('%s belongs to %s', (host, hostname) => {
  expect(findVirtualHost(LISTENERS, host)?.hostname).toBe(hostname);
});

test('the most specific listener keeps a host even where only a wider one has a route for it', () => {
  const isolated = [listener(undefined, '*'), listener('*.example.com', 'www.example.com')];
  expect(findVirtualHost(isolated, 'x.example.com')).toBeUndefined();
  expect(findVirtualHost([], 'x.example.com')).toBeUndefined();
});

test('between sockets the more specific listener goes first, then the more specific route', () => {
  const found = (listenerName: string | undefined, hostname: string) => ({
    chosen: listener(listenerName),
    hostname,
    table,
  });
  expect(isMoreSpecific(found('*.a.com', '*'), found(undefined, 'x.a.com'))).toBe(true);
  expect(isMoreSpecific(found(undefined, 'x.a.com'), found(undefined, '*.a.com'))).toBe(true);
  expect(isMoreSpecific(found('x.a.com', '*'), found('x.a.com', '*'))).toBe(false);
});
