import { expect, test } from 'vitest';
import { parseSpiffeId } from './spiffe-id.ts';

test('takes a workload of the mesh apart', () => {
  expect(parseSpiffeId('spiffe://mesh.local/ns/shop/sa/cart')).toEqual({
    trustDomain: 'mesh.local',
    path: '/ns/shop/sa/cart',
    namespace: 'shop',
    serviceAccount: 'cart',
  });
});

test('a path of another form names no namespace', () => {
  expect(parseSpiffeId('spiffe://td/billing/v2.1')).toEqual({ trustDomain: 'td', path: '/billing/v2.1' });
  expect(parseSpiffeId('spiffe://td/ns/a/sa/b/c')?.namespace).toBeUndefined();
});

const wrong = {
  empty: '',
  'no scheme': 'mesh.local/ns/a/sa/b',
  'https scheme': 'https://mesh.local/ns/a/sa/b',
  'upper-case scheme': 'SPIFFE://mesh.local/ns/a/sa/b',
  'no path': 'spiffe://mesh.local',
  'trailing slash only': 'spiffe://mesh.local/',
  'trailing slash': 'spiffe://mesh.local/ns/a/sa/b/',
  'double slash': 'spiffe://mesh.local/ns//a',
  'dot segment': 'spiffe://mesh.local/ns/./a',
  'dot-dot segment': 'spiffe://mesh.local/ns/../a',
  'percent encoding': 'spiffe://mesh.local/ns/%70ay',
  query: 'spiffe://mesh.local/a?b',
  fragment: 'spiffe://mesh.local/a#b',
  port: 'spiffe://mesh.local:443/a',
  user: 'spiffe://root@mesh.local/a',
  'upper-case trust domain': 'spiffe://Mesh.local/a',
  'no trust domain': 'spiffe:///a',
  'long trust domain': `spiffe://${'a'.repeat(256)}/a`,
  'over 2048 bytes': `spiffe://td/${'a'.repeat(2048)}`,
  'line break at the end': 'spiffe://td/a\n',
  'not ASCII': 'spiffe://td/ä',
};
test.each(Object.entries(wrong))('refuses %s', (_name, text) => {
  expect(parseSpiffeId(text)).toBeUndefined();
});
