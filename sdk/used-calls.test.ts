import { expect, test } from 'vitest';
import { UsedCalls } from './used-calls.ts';

test('a call is taken once, until it is over', () => {
  const used = new UsedCalls();
  expect(used.take('a', 100, 0)).toBe(true);
  expect(used.take('a', 100, 99)).toBe(false);
  expect(used.take('a', 200, 100)).toBe(true);
});

test('when it is full it takes none, rather than forget one that still counts', () => {
  const used = new UsedCalls(2);
  used.take('a', 100, 0);
  used.take('b', 50, 0);
  expect(() => used.take('c', 100, 49)).toThrow(expect.objectContaining({ code: 'replay_memory_full' }));
  expect(used.take('a', 100, 49)).toBe(false);
  expect(used.take('c', 100, 50)).toBe(true);
});
