import { expect, test } from 'vitest';
import { FakeClock, RecordedLog } from '../ports.fake.ts';
import { limitOf } from './rates.fake.ts';
import { BUCKETS_PER_LIMIT, createRates, type Judged } from './rates.ts';

const PER = limitOf({ per: 'caller', requests: 1, burst: 1, window: 1_000 });

function ratesOf(limit = PER) {
  let now = 0;
  const clock = Object.assign(new FakeClock(), { monotonic: () => now });
  const rates = createRates({ clock, log: new RecordedLog().log });
  const ask = (who: string): boolean => {
    const judged = rates.take([rates.draw(limit, 'shop/orders', who)], 'mesh.local') as Judged;
    return judged.refusedBy === undefined;
  };
  return {
    ask,
    /** @returns how many were let in */
    askAll: (count: number, name = 'who') =>
      Array.from({ length: count }, (_, n) => ask(`${name}-${n}`)).filter(Boolean).length,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test('whoever comes over the bound while all counts are in use shares one count with the rest', () => {
  const { ask, askAll } = ratesOf();
  expect(askAll(BUCKETS_PER_LIMIT + 500)).toBe(BUCKETS_PER_LIMIT + 1);
  // Those who were there keep their own.
  expect([ask('who-0'), ask('who-5')]).toEqual([false, false]);
});

test('under ever new names nobody empties the counts of others, nor gets in more often', () => {
  const { ask, askAll } = ratesOf();
  ask('victim');
  askAll(BUCKETS_PER_LIMIT);
  expect([askAll(3 * BUCKETS_PER_LIMIT, 'new'), ask('victim')]).toEqual([0, false]);
});

test('counts that are full again make room', () => {
  const { askAll, pass } = ratesOf();
  askAll(BUCKETS_PER_LIMIT);
  pass(1_000);
  expect(askAll(1_000, 'new')).toBe(1_000);
});

test('a name that is too long is counted with the rest', () => {
  const { ask } = ratesOf();
  expect([ask('a'.repeat(257)), ask('b'.repeat(300)), ask('a')]).toEqual([true, false, true]);
});

test('limits of the same name at two places do not share their counts', () => {
  const rates = createRates({ clock: new FakeClock(), log: new RecordedLog().log });
  const at = (where: string, limit = { ...PER }) => rates.take([rates.draw(limit, where, 'a')], 'mesh.local') as Judged;
  expect(['shop/a', 'shop/b', 'shop/a'].map((where) => at(where).refusedBy?.count.name)).toEqual([
    undefined,
    undefined,
    'shop/a/some',
  ]);
  expect(at('shop/a', { ...PER, per: { header: 'x-tenant' } }).refusedBy).toBeUndefined();
});
