import { expect, test } from 'vitest';
import type { DecisionRecord } from '../../snapshot/decision.ts';
import { Decisions } from './decisions.ts';
import { decisionRecord } from './record-schema.ts';

const id = (n: number): string => n.toString(16).padStart(32, '0');

const decisionAt = (n: number, over: Partial<DecisionRecord> = {}): DecisionRecord => ({
  decisionId: id(n),
  at: n,
  duration: 1,
  reporter: 'router',
  revision: 3,
  generation: 4,
  method: 'GET',
  scheme: 'http',
  authority: 'orders.shop.mesh',
  path: '/a',
  attempts: [],
  status: 200,
  ...over,
});
const refusedAt = (n: number): DecisionRecord => decisionAt(n, { reason: 'permission_denied', status: 403 });
const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => n + from);
const everything = { limit: 1_000 };

test('a decision is found by its ID, with the router that made it', () => {
  const decisions = new Decisions();
  decisions.take([refusedAt(1)], 'r1', 0);
  expect(decisions.find(id(1), 1)).toMatchObject({ reason: 'permission_denied', router: 'r1' });
  expect(decisions.find(id(2), 1)).toBeUndefined();
});

test('it is forgotten when its time is over', () => {
  const decisions = new Decisions({ count: 10, bytes: 1e6, age: 1_000 });
  decisions.take([refusedAt(1)], 'r1', 0);
  expect(decisions.find(id(1), 999)).toBeDefined();
  expect(decisions.find(id(1), 1_000)).toBeUndefined();
});

test('of too many, those that were let through go first, but keep a quarter', () => {
  const decisions = new Decisions({ count: 8, bytes: 1e6, age: 1_000 });
  decisions.take(
    numbers(8).map((n) => decisionAt(n)),
    'r1',
    0,
  );
  decisions.take(numbers(20, 100).map(refusedAt), 'r1', 1);
  const kept = decisions.list(everything, 2).map(({ at }) => at);
  expect(kept).toEqual([119, 118, 117, 116, 115, 114, 7, 6]);
});

test('bytes are bounded as the number is', () => {
  const decisions = new Decisions({ count: 1_000, bytes: 20_000, age: 1_000 });
  decisions.take(
    numbers(30).map((n) => decisionAt(n, { path: `/${'x'.repeat(2_000)}` })),
    'r1',
    0,
  );
  expect(decisions.list(everything, 1)).toHaveLength(7);
});

test('a second word on the same decision changes nothing', () => {
  const decisions = new Decisions();
  decisions.take([refusedAt(1)], 'r1', 0);
  decisions.take([{ ...refusedAt(1), status: 200 }], 'r2', 0);
  expect(decisions.find(id(1), 1)).toMatchObject({ status: 403, router: 'r1' });
});

test.each([
  ['reason', { reason: 'permission_denied' }, [3]],
  ['service', { service: 'shop/orders' }, [2, 1]],
  ['source', { source: 'spiffe://mesh.local/a' }, [1]],
  ['limit', { limit: 1 }, [3]],
])('by %s', (_, filter, expected) => {
  const decisions = new Decisions();
  const one = decisionAt(1, { destination: 'shop/orders', source: 'spiffe://mesh.local/a' });
  decisions.take([one, decisionAt(2, { backend: 'shop/orders' }), refusedAt(3)], 'r1', 0);
  expect(decisions.list({ ...everything, ...filter }, 1).map(({ at }) => at)).toEqual(expected);
});

test('what a router pushes is read strictly', () => {
  expect(decisionRecord.safeParse(refusedAt(1)).success).toBe(true);
  expect(decisionRecord.safeParse({ ...refusedAt(1), token: 'x' }).success).toBe(false);
  expect(decisionRecord.safeParse({ ...refusedAt(1), decisionId: '../x' }).success).toBe(false);
});
