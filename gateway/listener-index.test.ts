import { describe, expect, test } from 'vitest';
import type { Connection } from '../router/message.ts';
import { gatewayAt, ruleAt, tableOf } from '../router/routing/mesh.fake.ts';
import type { Listener } from '../snapshot/gateway-chunk.ts';
import { ListenerIndex } from './listener-index.ts';

/** On port 443 for TLS. @param hosts hostnames with routes */
function listener(port: number, hostname: string | undefined, ...hosts: string[]): Listener {
  const table = tableOf(ruleAt(0));
  return {
    name: `${hostname}-${port}`,
    port,
    protocol: port === 443 ? 'HTTPS' : 'HTTP',
    ...(hostname !== undefined && { hostname }),
    hosts: hosts.map((name) => ({ hostname: name, table })),
  };
}

function indexOf(gateways: Readonly<Record<string, readonly Listener[]>>): ListenerIndex {
  return new ListenerIndex(new Map(Object.entries(gateways).map(([key, list]) => [key, gatewayAt(key, list)])));
}

/** `gateway:port` that serves a host on a socket. */
function served(index: ListenerIndex, host: string, connection: Partial<Connection> = {}): string {
  const found = index.find({ tls: false, ...connection }, host);
  return typeof found === 'string' ? found : `${found.gateway.key}:${found.port}`;
}

test('gateways that share a socket are told apart by host, most specific name first', () => {
  const index = indexOf({
    'a/all': [listener(80, undefined, '*')],
    'b/wild': [listener(80, '*.shop.test', '*.shop.test')],
    'c/one': [listener(80, undefined, 'www.shop.test')],
  });
  const hosts = ['www.shop.test', 'x.y.shop.test', 'shop.test', '127.0.0.1'];
  expect(hosts.map((host) => served(index, host))).toEqual(['b/wild:80', 'b/wild:80', 'a/all:80', 'a/all:80']);
});

test('between listeners of equal breadth the route with the most specific name decides', () => {
  const index = indexOf({
    'a/all': [listener(80, undefined, '*')],
    'b/one': [listener(80, undefined, 'www.shop.test')],
  });
  expect([served(index, 'www.shop.test'), served(index, 'else.test')]).toEqual(['b/one:80', 'a/all:80']);
});

test('within one gateway the most specific listener alone counts', () => {
  const index = indexOf({ 'a/g': [listener(80, undefined, '*'), listener(80, 'www.shop.test', 'other.test')] });
  expect(served(index, 'www.shop.test')).toBe('none');
});

test('a socket of its own serves its gateway and port alone', () => {
  const index = indexOf({
    'a/g': [listener(80, undefined, 'x.test'), listener(8080, undefined, 'y.test')],
    'b/g': [listener(8080, undefined, 'z.test')],
  });
  const at = { gateway: 'a/g', listenerPort: 8080 };
  expect(['x.test', 'y.test', 'z.test'].map((host) => served(index, host, at))).toEqual(['none', 'a/g:8080', 'none']);
});

test('on a shared socket the lower port and then the earlier name come first', () => {
  const index = indexOf({
    'b/g': [listener(8080, undefined, '*'), listener(80, undefined, '*')],
    'a/g': [listener(80, undefined, '*')],
  });
  expect(served(index, 'x.test')).toBe('a/g:80');
});

test('an answer is the same the second time, found or not', () => {
  const index = indexOf({ 'a/g': [listener(80, undefined, 'x.test')] });
  const asked = ['x.test', 'x.test', 'no.test', 'no.test'].map((host) => served(index, host));
  expect(asked).toEqual(['a/g:80', 'a/g:80', 'none', 'none']);
});

test('hosts that are made up do not fill the memory or lose an answer', () => {
  const index = indexOf({ 'a/g': [listener(80, '*.x.test', '*.x.test')] });
  for (let i = 0; i < 5000; i++) index.find({ tls: false }, `${i}.x.test`);
  expect(served(index, '1.x.test')).toBe('a/g:80');
});

describe('TLS', () => {
  const index = indexOf({
    'a/g': [
      listener(443, undefined, 'example.org'),
      listener(443, 'second.org', 'second.org'),
      listener(443, '*.wildcard.org', '*.wildcard.org'),
      listener(443, 'fourth.wildcard.org', 'fourth.wildcard.org'),
      listener(80, undefined, 'example.org', 'plain.org'),
    ],
  });
  const bound = { gateway: 'a/g', listenerPort: 443, tls: true };

  test.each([
    ['example.org', 'example.org', 'a/g:443'],
    ['example.org', 'unknown.org', 'none'],
    ['unknown.org', 'example.org', 'a/g:443'],
    ['unknown.org', 'unknown.org', 'none'],
    ['Second.org', 'second.org', 'a/g:443'],
    ['second.org', 'example.org', 'misdirected'],
    ['second.org', 'unknown.org', 'misdirected'],
    ['example.org', 'second.org', 'misdirected'],
    ['third.wildcard.org', 'fifth.wildcard.org', 'a/g:443'],
    ['third.wildcard.org', 'unknown.org', 'misdirected'],
    ['fourth.wildcard.org', 'fifth.wildcard.org', 'misdirected'],
  ])('server name %s, Host %s: %s', (serverName, host, expected) => {
    expect(served(index, host, { ...bound, serverName })).toBe(expected);
  });

  test('without a server name there is nothing to compare Host with', () => {
    expect(served(index, 'second.org', bound)).toBe('a/g:443');
  });

  test('a plain connection does not reach what asks for TLS, nor the other way round', () => {
    expect(served(index, 'second.org')).toBe('none');
    expect(served(index, 'plain.org', { ...bound, serverName: 'plain.org' })).toBe('none');
  });

  test('where a platform ended TLS, plain listeners serve what no other does', () => {
    expect([served(index, 'example.org', { tls: true }), served(index, 'plain.org', { tls: true })]).toEqual([
      'a/g:443',
      'a/g:80',
    ]);
  });
});
