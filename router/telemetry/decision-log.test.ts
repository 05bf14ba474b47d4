import { expect, test } from 'vitest';
import { DecisionLog } from './decision-log.ts';
import { recordOf } from './record.fake.ts';

const refusal = { reason: 'permission_denied', status: 403, authorization: 'deny', detail: 'no ALLOW policy' } as const;
const hex = (n: number): string => ((n * 2654435761) >>> 0).toString(16).padStart(8, '0').repeat(4);

test('a request is told once, with who decided and why', () => {
  const log = new DecisionLog();
  log.add(recordOf());
  expect(log.drain()).toMatchObject([
    {
      decisionId: 'd1',
      source: 'spiffe://mesh.local/ns/shop/sa/cart',
      authorization: { decision: 'allow', decidedBy: 'shop/allow-cart', why: 'ALLOW policy shop/allow-cart matches' },
      attempts: [{ endpoint: 'one', status: 200 }],
    },
  ]);
  expect(log.drain()).toEqual([]);
});

test('a refusal says why in policy words', () => {
  const log = new DecisionLog();
  log.add(recordOf({ ...refusal, decidedBy: 'mesh default', attempts: [] }));
  expect(log.drain()[0]?.authorization).toEqual({
    decision: 'deny',
    decidedBy: 'mesh default',
    why: 'no ALLOW policy',
  });
});

test('an end user is told, and cut where it is too long for a record', () => {
  const log = new DecisionLog();
  for (const endUser of ['https://i/alice', `https://i/${'a'.repeat(9_000)}`]) log.add(recordOf({ endUser }));
  log.add(recordOf());
  const [alice, long, nobody] = log.drain();
  expect(alice?.endUser).toBe('https://i/alice');
  expect(long?.endUser).toMatch(/^https:\/\/i\/a+…$/);
  expect(long?.endUser).toHaveLength(512);
  expect(JSON.stringify(nobody)).not.toContain('endUser');
});

test('any number of good calls does not push a refusal out, nor a call that policies in shadow would refuse', () => {
  const log = new DecisionLog();
  const shadow = { would: 'deny', decidedBy: 'shop/try', flips: true } as const;
  log.add(recordOf({ decisionId: 'refused', ...refusal }));
  log.add(recordOf({ decisionId: 'tried', shadow }));
  for (let n = 0; n < 10_000; n++) log.add(recordOf({ decisionId: hex(n) }));
  const kept = log.drain();
  expect(kept.slice(0, 2).map(({ decisionId }) => decisionId)).toEqual(['refused', 'tried']);
  expect(kept).toHaveLength(102);
});

test('of too many, early and late ones have the same chance', () => {
  const log = new DecisionLog();
  for (let n = 0; n < 10_000; n++) log.add(recordOf({ decisionId: hex(n), startedAt: n }));
  const early = log.drain().filter(({ at }) => at < 5_000).length;
  expect(early).toBeGreaterThan(25);
  expect(early).toBeLessThan(75);
});

test('a report is bounded in bytes too, and what does not fit is allowed calls first', () => {
  const log = new DecisionLog();
  for (let n = 0; n < 60; n++) log.add(recordOf({ decisionId: hex(n), path: `/${'x'.repeat(8_000)}` }));
  log.add(recordOf({ decisionId: 'refused', ...refusal }));
  const kept = log.drain();
  expect(kept.length).toBeLessThan(40);
  expect(kept[0]?.decisionId).toBe('refused');
});
