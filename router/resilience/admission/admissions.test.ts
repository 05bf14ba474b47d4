import { expect, test } from 'vitest';
import { Cancellation } from '../../cancellation.ts';
import { Refusal } from '../../exchange.ts';
import { FakeClock } from '../../ports.fake.ts';
import { Admissions, type Leave, type Limits } from './admissions.ts';

const ADMISSION: Limits = { admission: { minimum: 2, maximum: 10 } };

/** Requests of one service, each without a deadline. */
function entrance(limits: Limits, clock = new FakeClock()) {
  const admissions = new Admissions(clock);
  const ask = (service = 'shop/orders') => admissions.enter(service, limits, undefined, new Cancellation());
  const enter = async (service?: string): Promise<Leave> => (await ask(service)) as Leave;
  /** So many requests, one after the other, that take so long (ms). */
  const serve = async (count: number, took: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const leave = await enter();
      clock.after(20, () => undefined);
      clock.next();
      leave(took);
    }
  };
  const wait = (ms: number): void => {
    clock.after(ms, () => undefined);
    clock.next();
  };
  return { admissions, clock, ask, enter, serve, wait };
}

test('a service that hangs gets no more than it had; one that nobody calls does', async () => {
  const { ask, enter, serve, wait } = entrance(ADMISSION);
  await serve(100, 10);
  await serve(1_000, 1_000);
  const two = [await enter(), await enter()];
  expect(await ask()).toBeInstanceOf(Refusal);
  wait(60_000);
  expect(await ask()).toBeInstanceOf(Refusal);
  for (const leave of two) leave(undefined);
  wait(60_000);
  for (let n = 0; n < 10; n++) expect(await ask()).not.toBeInstanceOf(Refusal);
  expect(await ask()).toBeInstanceOf(Refusal);
});

test('of two limits the smaller holds', async () => {
  const { ask, enter } = entrance({ ...ADMISSION, concurrency: { limit: 3, queue: 0, wait: 0 } });
  for (let n = 0; n < 3; n++) await enter();
  expect(await ask()).toMatchObject({ reason: 'concurrency_limit', check: 'queue_full', status: 503 });
});

test('a policy that changes holds at once, and lets in who waits', async () => {
  const clock = new FakeClock();
  const { admissions, enter } = entrance({ concurrency: { limit: 1, queue: 5, wait: 60_000 } }, clock);
  await enter();
  const waiting = enter();
  const wider = { concurrency: { limit: 3, queue: 5, wait: 60_000 } };
  await admissions.enter('shop/orders', wider, undefined, new Cancellation());
  expect(await waiting).toBeTypeOf('function');
});

test('a place is given back once, however often it is said', async () => {
  const { ask, enter } = entrance({ concurrency: { limit: 2, queue: 0, wait: 0 } });
  const first = await enter();
  await enter();
  first(1);
  first(1);
  await enter();
  expect(await ask()).toBeInstanceOf(Refusal);
});

test('services do not share places, and thousands of idle ones are forgotten', async () => {
  const { enter, serve, ask, clock } = entrance(ADMISSION);
  await serve(100, 10);
  await serve(1_000, 1_000);
  for (let n = 0; n < 1_024; n++) (await enter(`shop/other-${n}`))(1);
  const after = clock.now();
  for (let n = 0; n < 10; n++) expect(await ask()).not.toBeInstanceOf(Refusal);
  expect(clock.now()).toBe(after);
});
