import { expect, test } from 'vitest';
import { MemoryCounters } from './memory-counters.ts';

const TWO = { requests: 2, window: 1000, burst: 2 };

test('more buckets than it may hold are refused, until some are full again', async () => {
  let now = 0;
  const store = new MemoryCounters({ monotonic: () => now }, 2);
  await store.take('a', 1, TWO, 0);
  await store.take('b', 1, TWO, 0);
  await expect(store.take('c', 1, TWO, 0)).rejects.toThrow('too many buckets');
  expect((await store.take('a', 1, TWO, 0)).allowed).toBe(true);
  now = 600;
  expect((await store.take('c', 1, TWO, 0)).allowed).toBe(true);
  expect((await store.take('a', 2, TWO, 0)).allowed).toBe(false);
});
