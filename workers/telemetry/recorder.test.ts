import { expect, test } from 'vitest';
import { recordOf } from '../../router/telemetry/record.fake.ts';
import type { TelemetryReport } from '../../snapshot/telemetry.ts';
import { Recorder } from './recorder.ts';

/** A policy store that is away until `back` is called. */
function recording() {
  const state = { away: false, now: 0, reports: [] as TelemetryReport[], logged: 0, hang: false };
  const slow = Promise.withResolvers<void>();
  const recorder = new Recorder({
    routerId: 'r1',
    push: async (report) => {
      if (state.hang) await slow.promise;
      if (state.away) throw new Error('away');
      state.reports.push(report);
    },
    access: () => undefined,
    log: () => void state.logged++,
    now: () => state.now,
  });
  return { recorder, state, goOn: slow.resolve };
}
const sequences = (reports: readonly TelemetryReport[]): number[] => reports.map(({ sequence }) => sequence);

test('what happened goes out once, and nothing when nothing happened', async () => {
  const { recorder, state } = recording();
  recorder.record(recordOf());
  await recorder.flush();
  await recorder.flush();
  expect(state.reports).toMatchObject([{ router: 'r1', sequence: 1, series: [{ requests: 1 }] }]);
});

test('reports wait for a store that is away, in order, and that is said once', async () => {
  const { recorder, state } = recording();
  state.away = true;
  for (let n = 0; n < 3; n++) {
    recorder.record(recordOf());
    await recorder.flush();
  }
  expect(state.logged).toBe(1);
  state.away = false;
  await recorder.flush();
  expect(sequences(state.reports)).toEqual([1, 2, 3]);
});

test('only so many wait; the oldest are given up', async () => {
  const { recorder, state } = recording();
  state.away = true;
  for (let n = 0; n < 40; n++) {
    recorder.record(recordOf());
    await recorder.flush();
  }
  state.away = false;
  await recorder.flush();
  expect(sequences(state.reports)).toEqual(Array.from({ length: 30 }, (_, n) => n + 11));
});

test('a push that never ends does not hold the others for ever', async () => {
  const { recorder, state } = recording();
  state.hang = true;
  recorder.record(recordOf());
  void recorder.flush();
  state.hang = false;
  await recorder.flush();
  expect(state.reports).toEqual([]);
  state.now = 10_000;
  await recorder.flush();
  expect(sequences(state.reports)).toEqual([1]);
});

test('a program that ends waits for what is under way, and for what came meanwhile', async () => {
  const { recorder, state, goOn } = recording();
  state.hang = true;
  for (let n = 0; n < 2; n++) {
    recorder.record(recordOf());
    void recorder.flush();
  }
  recorder.record(recordOf());
  const closed = recorder.close();
  goOn();
  await closed;
  expect(sequences(state.reports)).toEqual([1, 2, 3]);
});
