import { expect, test } from 'vitest';
import { meshServiceOf, parseAuthority } from './authority.ts';

test.each([
  ['orders.shop.mesh', 'orders.shop.mesh', undefined],
  ['Orders.SHOP.mesh:8080', 'orders.shop.mesh', 8080],
  ['orders.shop.mesh.', 'orders.shop.mesh', undefined],
  ['orders.shop.mesh.:81', 'orders.shop.mesh', 81],
  ['127.0.0.1:80', '127.0.0.1', 80],
  ['[::1]:8080', '[::1]', 8080],
  ['[FE80::1]', '[fe80::1]', undefined],
  ['a_b.c-d', 'a_b.c-d', undefined],
])('%s', (text, host, port) => {
  expect(parseAuthority(text)).toEqual({ host, port });
});

test.each([
  '',
  ':80',
  'a:',
  'a:0',
  'a:65536',
  'a:080',
  'a:8x',
  'a:+80',
  'user@a',
  'u:p@a',
  'a%2eb',
  'a b',
  'a/b',
  'a,b',
  '.a',
  'a..b',
  'a..',
  '-a',
  'a-',
  '::1',
  '[::1',
  '[1]',
  '[::g]',
  'ä.mesh',
  'a\u0000',
  `${'a'.repeat(64)}.mesh`,
  `${'a.'.repeat(130)}b`,
  '*.mesh',
])('%j is refused', (text) => {
  expect(parseAuthority(text)).toHaveProperty('invalid');
});

test.each([
  ['orders.shop.mesh', 'mesh', 'shop/orders'],
  ['orders.mesh', 'mesh', 'default/orders'],
  ['orders.shop.svc.internal', 'svc.internal', 'shop/orders'],
  ['a.orders.shop.mesh', 'mesh', undefined],
  ['mesh', 'mesh', undefined],
  ['orders.shop.notmesh', 'mesh', undefined],
  ['orders.shop.mesh.evil', 'mesh', undefined],
])('%s under %s names %s', (host, domain, service) => {
  const named = meshServiceOf(host, domain);
  expect(named && `${named.namespace}/${named.name}`).toBe(service);
});
