import { expect, test } from 'vitest';
import { FakeClock } from '../../router/ports.fake.ts';
import { SharedWaits } from './shared-waits.ts';

function given() {
  const clock = new FakeClock();
  const ended: string[] = [];
  const waits = new SharedWaits(clock);
  const wait = (name: string, ms: number) => waits.after(ms, () => ended.push(`${name} at ${clock.now() - start}`));
  const start = clock.now();
  return { clock, ended, waits, wait };
}

test('a short wait ends when it is over', () => {
  const { clock, ended, wait } = given();
  wait('a', 100);
  clock.next();
  expect(ended).toEqual(['a at 100']);
});

test('long ones never end early, and hardly late', () => {
  const { clock, ended, wait } = given();
  wait('a', 1_001);
  clock.next();
  const took = Number(ended[0]?.split(' at ')[1]);
  expect(took).toBeGreaterThanOrEqual(1_001);
  expect(took).toBeLessThan(1_001 + 16);
});

test('a thousand of them need one timer, and each ends once', () => {
  const { clock, ended, wait } = given();
  for (let n = 0; n < 1_000; n++) wait('a', 15_000);
  expect(clock.pendingTimers).toBe(1);
  clock.next();
  expect([ended.length, clock.pendingTimers]).toEqual([1_000, 0]);
});

test('what was taken back does not end, also when another one took it back just now', () => {
  const { clock, ended, waits, wait } = given();
  wait('a', 1_000)();
  const takeBack = (): void => stop();
  waits.after(2_000, takeBack);
  const stop = wait('b', 2_000);
  clock.next();
  clock.next();
  expect(ended).toEqual([]);
});

test('a wait that another one begins when it ends is a new one', () => {
  const { clock, ended, waits, wait } = given();
  waits.after(1_000, () => void wait('a', 1_000));
  clock.next();
  clock.next();
  expect(ended).toHaveLength(1);
});
