import { expect, test } from 'vitest';
import { FakeClock } from '../ports.fake.ts';
import { ReplayMemory } from './replay-memory.ts';

const at = (now: number) => ({ now: () => now });

test('a key is used once until it expires', () => {
  let now = 0;
  const memory = new ReplayMemory({ now: () => now });
  expect([memory.useOnce('a', 10), memory.useOnce('a', 10), memory.useOnce('b', 10)]).toEqual([true, false, true]);
  now = 10;
  expect(memory.useOnce('a', 20)).toBe(true);
});

test('a full memory refuses, and forgets nothing that still counts', () => {
  const memory = new ReplayMemory(at(0), 2);
  memory.useOnce('a', 10);
  memory.useOnce('b', 10);
  expect(() => memory.useOnce('c', 10)).toThrow('too many');
  expect(memory.useOnce('a', 10)).toBe(false);
});

test('room is made of what has expired, in whatever order it came', () => {
  const clock = new FakeClock(0);
  let now = clock.now();
  const memory = new ReplayMemory({ now: () => now }, 2);
  memory.useOnce('long', 5_000);
  memory.useOnce('short', 1_000);
  now = 2_000;
  expect(memory.useOnce('next', 5_000)).toBe(true);
  expect(memory.useOnce('long', 5_000)).toBe(false);
});
