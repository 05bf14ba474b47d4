import { expect, test } from 'vitest';
import { HeaderList } from '../headers.ts';
import { backendAt, stickyPoint } from './choose.ts';
import { backendAtWeight, callerAt, ruleAt } from './mesh.fake.ts';
import { cookieValue, pointOf, stickyText } from './sticky.ts';

/** Which of two backends user number `n` falls to. */
function chosen(n: number, weights: readonly [number, number], route = 'route'): string {
  const id = { ...ruleAt(0).id, name: route };
  const point = stickyPoint(
    { id, sticky: { from: 'header', name: 'X-User' } },
    HeaderList.from([['x-user', `u${n}`]]),
    null,
  );
  const backends = weights.map((weight, i) => backendAtWeight(`shop/v${i}`, weight));
  const backend = backendAt({ backends, totalWeight: weights[0] + weights[1] }, point as number);
  return backend && 'name' in backend ? backend.name : 'none';
}
const users = Array.from({ length: 20_000 }, (_, n) => n);

test('points are part of what users see: they never change', () => {
  expect([pointOf(''), pointOf('u1'), pointOf('u2')].map((point) => point.toFixed(6))).toEqual([
    '0.668922',
    '0.142711',
    '0.044477',
  ]);
});

test('each backend gets its share', () => {
  const share = users.filter((n) => chosen(n, [90, 10]) === 'v1').length / users.length;
  expect(share).toBeGreaterThan(0.09);
  expect(share).toBeLessThan(0.11);
});

test('when weights shift, those who move are the share that moved, and all in one direction', () => {
  const moved = users.filter((n) => chosen(n, [90, 10]) !== chosen(n, [80, 20]));
  expect(moved.every((n) => chosen(n, [80, 20]) === 'v1')).toBe(true);
  expect(Math.abs(moved.length / users.length - 0.1)).toBeLessThan(0.01);
});

test('another route meets other users first', () => {
  const first = users.filter((n) => chosen(n, [90, 10], 'a') === 'v1');
  const both = first.filter((n) => chosen(n, [90, 10], 'b') === 'v1').length / first.length;
  expect(both).toBeLessThan(0.2);
});

test('a key is a header, a cookie or the caller; without it there is no point', () => {
  const headers = HeaderList.from([
    ['x-user', 'a'],
    ['cookie', 'user=b; x=y'],
  ]);
  const text = (from: 'header' | 'cookie', name: string) => stickyText({ from, name }, headers, null);
  expect([text('header', 'X-User'), text('cookie', 'user'), text('cookie', 'x-user')]).toEqual(['a', 'b', undefined]);
  expect(stickyText({ from: 'principal' }, headers, callerAt('shop/cart'))).toBe('spiffe://mesh.local/ns/shop/sa/cart');
  expect(stickyPoint({ id: ruleAt(0).id, sticky: { from: 'principal' } }, headers, null)).toBeUndefined();
});

test.each([
  ['a=1; b=2', 'b', '2'],
  ['b=1;b=2', 'b', '1'],
  ['ab=1; =2; b', 'b', undefined],
  ['b=x=y', 'b', 'x=y'],
])('in %s the cookie %s is %s', (cookie, name, value) => {
  expect(cookieValue(HeaderList.from([['cookie', cookie]]), name)).toBe(value);
});
