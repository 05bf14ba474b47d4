import { expect, test } from 'vitest';
import { FakeClock } from '../ports.fake.ts';
import { Turns } from './turns.ts';

/** Something to load that counts how often it is, and takes until it is told. */
function shelf() {
  const clock = new FakeClock();
  const turns = new Turns(clock);
  const state = { loads: 0, value: undefined as string | undefined };
  const ends: { resolve(): void; reject(): void }[] = [];
  const load = async (): Promise<string> => {
    state.loads++;
    await new Promise<void>((resolve, reject) => ends.push({ resolve, reject: () => reject(new Error('away')) }));
    state.value = 'loaded';
    return state.value;
  };
  const take = () => turns.take('key', () => state.value, load);
  return { clock, state, ends, take };
}

test('of many that want the same one loads it, and all have it', async () => {
  const { clock, state, ends, take } = shelf();
  const all = Promise.all(Array.from({ length: 20 }, take));
  ends[0]?.resolve();
  expect(await clock.settle(all)).toEqual(Array(20).fill('loaded'));
  expect(state.loads).toBe(1);
});

test('the next one tries when the first has failed', async () => {
  const { clock, state, ends, take } = shelf();
  const first = take();
  const second = take();
  ends[0]?.reject();
  await expect(first).rejects.toThrow('away');
  clock.next();
  await expect.poll(() => ends.length).toBe(2);
  ends[1]?.resolve();
  expect([await second, state.loads]).toEqual(['loaded', 2]);
});

test('nobody waits for ever for one that died', async () => {
  const { clock, state, take } = shelf();
  void take();
  clock.after(5_000, () => undefined);
  clock.next();
  void take();
  expect(state.loads).toBe(2);
});
