import { expect, test } from 'vitest';
import { BackgroundWork } from './background.ts';
import { FakeClock } from './ports.fake.ts';

const forever = (): Promise<void> => new Promise(() => {});

test('work is handed to the runtime, and what fails in it is nobody’s', async () => {
  const kept: Promise<unknown>[] = [];
  const background = new BackgroundWork(new FakeClock(), (work) => kept.push(work));
  expect(background.tryRun(() => Promise.reject(new Error('lost')), 10)).toBe(true);
  await expect(Promise.all(kept)).resolves.toBeDefined();
});

test('there is only so much at the same time', async () => {
  const background = new BackgroundWork(new FakeClock(), undefined, 2);
  let end = (): void => {};
  const first = new Promise<void>((resolve) => {
    end = resolve;
  });
  expect([first, forever(), forever()].map((work) => background.tryRun(() => work, 10))).toEqual([true, true, false]);
  end();
  await first;
  await Promise.resolve();
  expect(background.tryRun(forever, 10)).toBe(true);
});

test('work that a runtime ended without a word does not count for ever', () => {
  const clock = new FakeClock();
  const background = new BackgroundWork(clock, undefined, 1);
  expect([background.tryRun(forever, 100), background.tryRun(forever, 100)]).toEqual([true, false]);
  clock.after(101, () => {});
  clock.next();
  expect(background.tryRun(forever, 100)).toBe(true);
});
