import { expect, test } from 'vitest';
import { Cancellation, type CancelReason } from '../cancellation.ts';
import { FakeClock } from '../ports.fake.ts';
import { bounded, pause } from './bounded.ts';

const never = new Promise<never>(() => {});
const boundOf = (clock: FakeClock, ms: number) => ({ at: clock.now() + ms, reason: 'upstream_timeout' as const });

test('a result in time takes its timer with it', async () => {
  const clock = new FakeClock();
  expect(await bounded(clock, new Cancellation(), boundOf(clock, 10), async () => 1)).toEqual({ value: 1 });
  expect(clock.pendingTimers).toBe(0);
});

test('time runs out, also for what does not listen', async () => {
  const clock = new FakeClock();
  let told: CancelReason | undefined;
  const run = bounded(clock, new Cancellation(), boundOf(clock, 10), (cancel) => {
    cancel.onCancel((reason) => {
      told = reason;
    });
    return never;
  });
  expect(await clock.settle(run)).toEqual({ cancelled: 'upstream_timeout' });
  expect(told).toBe('upstream_timeout');
});

test('a client that is gone starts nothing', async () => {
  const client = new Cancellation();
  client.cancel('client_closed');
  let started = false;
  const start = async () => {
    started = true;
  };
  expect(await bounded(new FakeClock(), client, undefined, start)).toEqual({ cancelled: 'client_closed' });
  expect(started).toBe(false);
});

test('what comes too late is handed over', async () => {
  const clock = new FakeClock();
  const { promise, resolve } = Promise.withResolvers<string>();
  const late: string[] = [];
  await clock.settle(
    bounded(
      clock,
      new Cancellation(),
      boundOf(clock, 10),
      () => promise,
      (value) => late.push(value),
    ),
  );
  resolve('late');
  await promise;
  expect(late).toEqual(['late']);
});

test('a failure is passed on, a late one is not', async () => {
  const clock = new FakeClock();
  const failing = () => Promise.reject(new TypeError('bug'));
  await expect(bounded(clock, new Cancellation(), undefined, failing)).rejects.toThrow('bug');
  const { promise, reject } = Promise.withResolvers<never>();
  const run = clock.settle(bounded(clock, new Cancellation(), boundOf(clock, 10), () => promise));
  expect(await run).toEqual({ cancelled: 'upstream_timeout' });
  reject(new TypeError('late bug'));
});

test('the client still cancels after the result: a body is flowing', async () => {
  const client = new Cancellation();
  let told: CancelReason | undefined;
  await bounded(new FakeClock(), client, undefined, async (cancel) => {
    cancel.onCancel((reason) => {
      told = reason;
    });
  });
  client.cancel('client_closed');
  expect(told).toBe('client_closed');
});

test('a pause ends with its time or with the client', async () => {
  const clock = new FakeClock();
  const start = clock.now();
  await clock.settle(pause(clock, new Cancellation(), 30));
  expect(clock.now() - start).toBe(30);
  const client = new Cancellation();
  const waiting = pause(clock, client, 1000);
  client.cancel('client_closed');
  await waiting;
  expect(clock.pendingTimers).toBe(0);
});
