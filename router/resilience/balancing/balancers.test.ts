import { assert, integer, property, uniqueArray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ServiceChunk, TrafficSettings } from '../../../snapshot/chunk.ts';
import { hash32 } from '../../routing/sticky.ts';
import { chunkWith, Watched } from '../health.fake.ts';
import type { BalancerName } from './balancers.ts';

const NAMES: readonly BalancerName[] = ['peak-ewma', 'round-robin', 'random', 'least-request', 'consistent-hash'];

const serviceOf = (
  policy: BalancerName,
  weights: Readonly<Record<string, number>>,
  more: Partial<TrafficSettings['balancing']> = {},
): ServiceChunk => chunkWith(weights, { balancing: { policy, ...more } });

/** Chooses so often; with a key of its own for each where it counts. */
function counted(watched: Watched, times: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let n = 0; n < times; n++) {
    const id = watched.chosen({ key: hash32(`key ${n}`) });
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts;
}

/** Pearson's statistic of what was counted against the weights. */
function chiSquare(counts: Readonly<Record<string, number>>, weights: Readonly<Record<string, number>>): number {
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return Object.entries(weights).reduce((sum, [id, weight]) => {
    const expected = (all * weight) / total;
    return sum + ((counts[id] ?? 0) - expected) ** 2 / expected;
  }, 0);
}

/** 0.999 of the chi-square distribution with three degrees of freedom. */
const LIMIT = 16.27;

describe.each(NAMES)('%s', (name) => {
  test.each([
    ['even', { a: 1, b: 1, c: 1, d: 1 }],
    ['uneven', { a: 1, b: 2, c: 3, d: 6 }],
  ])('keeps to %s weights among endpoints that are equally well', (_, weights) => {
    for (const seed of [1, 2, 3]) {
      const counts = counted(new Watched(serviceOf(name, weights), { seed }), 4000);
      expect(chiSquare(counts, weights)).toBeLessThan(LIMIT);
    }
  });

  test('gives nothing to a weight of 0, to what is out, and to what was tried', () => {
    const watched = new Watched(serviceOf(name, { off: 0, out: 1, tried: 1, in: 1 }));
    watched.end('out', 'failure', 7);
    for (let n = 0; n < 50; n++) expect(watched.chosen({ tried: ['tried'], key: n })).toBe('in');
  });

  test('finds the one that is left among many', () => {
    const weights = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`e${i}`, i === 77 ? 1 : 50]));
    const watched = new Watched(serviceOf(name, weights));
    for (const id of Object.keys(weights)) if (id !== 'e77') watched.end(id, 'failure', 7);
    expect(watched.chosen({ key: 5 })).toBe('e77');
  });
});

test('round-robin goes round, whoever is out', () => {
  const watched = new Watched(serviceOf('round-robin', { a: 1, b: 1, c: 1 }));
  const next = () => watched.chosen();
  expect([next(), next(), next(), next()]).toEqual(['b', 'c', 'a', 'b']);
  watched.end('c', 'failure', 7);
  expect([next(), next(), next()]).toEqual(['a', 'b', 'a']);
});

test('by uneven weights, round-robin is evenly spread over any stretch', () => {
  const watched = new Watched(serviceOf('round-robin', { a: 1, b: 3 }));
  for (let stretch = 0; stretch < 20; stretch++) expect(counted(watched, 20).a).toBeCloseTo(5, -0.5);
});

test('least-request takes the one of two with less to do', () => {
  const watched = new Watched(serviceOf('least-request', { a: 1, b: 1 }));
  watched.begin('a');
  for (let n = 0; n < 20; n++) expect(watched.chosen()).toBe('b');
});

test('peak-ewma prefers the faster, and of equals the idle one', () => {
  const watched = new Watched(serviceOf('peak-ewma', { slow: 1, fast: 1 }));
  watched.end('slow', 'success', 1, 300);
  watched.end('fast', 'success', 1, 30);
  for (let n = 0; n < 20; n++) expect(watched.chosen()).toBe('fast');
  for (let n = 0; n < 10; n++) watched.begin('fast');
  expect(watched.chosen()).toBe('slow');
});

test('failures are fast, and attract nobody', () => {
  const watched = new Watched(serviceOf('peak-ewma', { bad: 1, good: 1 }));
  watched.end('bad', 'failure', 3, 1);
  watched.now += 10_000;
  watched.end('bad', 'failure', 3, 1);
  watched.end('good', 'success', 1, 20);
  expect(watched.chosen()).toBe('good');
});

test('without a key, consistent-hash goes by weight', () => {
  const watched = new Watched(serviceOf('consistent-hash', { a: 1, b: 1 }));
  expect(new Set(Array.from({ length: 20 }, () => watched.chosen())).size).toBe(2);
});

describe('rendezvous', () => {
  const ids = uniqueArray(integer({ min: 0, max: 999 }), { minLength: 2, maxLength: 12 });
  const placed = (weights: Readonly<Record<string, number>>) => {
    const watched = new Watched(serviceOf('consistent-hash', weights));
    return Array.from({ length: 200 }, (_, n) => watched.chosen({ key: hash32(`user ${n}`) }));
  };
  const evenly = (numbers: readonly number[]) => Object.fromEntries(numbers.map((n) => [`e${n}`, 1]));

  test('when an endpoint goes only its own keys move, when one comes it only takes', () => {
    assert(
      property(ids, (numbers) => {
        const [gone, ...rest] = numbers;
        const before = placed(evenly(numbers));
        const after = placed(evenly(rest));
        for (const [n, id] of before.entries()) if (id !== `e${gone}`) expect(after[n]).toBe(id);
      }),
      { numRuns: 30 },
    );
  });

  test('a heavier endpoint takes keys from others, and gives none away', () => {
    const before = placed({ a: 1, b: 1, c: 1 });
    const after = placed({ a: 2, b: 1, c: 1 });
    for (const [n, id] of after.entries()) if (id !== 'a') expect(before[n]).toBe(id);
    expect(after.filter((id) => id === 'a').length).toBeGreaterThan(before.filter((id) => id === 'a').length);
  });

  test('every router places alike, in whatever order it knows the endpoints', () => {
    expect(placed({ a: 1, b: 1, c: 1 })).toEqual(placed({ c: 1, a: 1, b: 1 }));
  });
});

test('a new endpoint gets a tenth at first, and its share in the end', () => {
  for (const name of ['peak-ewma', 'random', 'round-robin'] as const) {
    const watched = new Watched(serviceOf(name, { a: 1, b: 1 }, { slowStart: 10_000 }));
    watched.health.follow(serviceOf(name, { a: 1, b: 1, new: 1 }, { slowStart: 10_000 }), watched.now);
    const share = () => (counted(watched, 3000).new ?? 0) / 3000;
    const first = share();
    watched.now += 10_000;
    expect([name, first < 0.1, share() > 0.28]).toEqual([name, true, true]);
  }
});
