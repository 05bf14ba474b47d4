import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { admission, afterTry, type BreakerState, CLOSED, probing, SuccessRate, type TryEnd } from './breaker.ts';

const SETTINGS = { failures: 3, openBase: 1000, openMax: 8000 };
const random = { next: () => 0.5 };
const end = (state: BreakerState, how: TryEnd, now = 0, rateFellTooLow = false): BreakerState =>
  afterTry(state, how, { epoch: state.epoch, now, random, rateFellTooLow }, SETTINGS);
const ends = (...hows: TryEnd[]): BreakerState => hows.reduce((state, how) => end(state, how), CLOSED);

test.each<[string, TryEnd[], string]>([
  ['failures in a row open it', ['failure', 'failure', 'failure'], 'open'],
  ['a success begins the row anew', ['failure', 'failure', 'success', 'failure'], 'closed'],
  ['a neutral end neither adds nor heals', ['failure', 'neutral', 'failure', 'neutral', 'failure'], 'open'],
  ['an abandoned one says nothing', ['failure', 'failure', 'abandoned'], 'closed'],
])('%s', (_, hows, phase) => {
  expect(ends(...hows).phase).toBe(phase);
});

test('it stays open twice as long each time, up to its limit, and half the base by chance', () => {
  let state: BreakerState = CLOSED;
  const stays: number[] = [];
  for (let n = 0; n < 6; n++) {
    for (let left = 3; left > 0 && state.phase !== 'open'; left--) state = end(state, 'failure');
    if (state.phase !== 'open') throw new Error('it did not open');
    stays.push(state.until);
    state = probing(state, 0);
  }
  expect(stays).toEqual([1250, 2250, 4250, 8250, 8250, 8250]);
});

test('one probe is let in when the time is over, and what it finds decides', () => {
  const open = ends('failure', 'failure', 'failure');
  expect([admission(open, 1249), admission(open, 1250)]).toEqual(['no', 'probe']);
  if (open.phase !== 'open') throw new Error('it did not open');
  const probed = probing(open, 5000);
  expect([admission(probed, 4999), admission(probed, 5000)]).toEqual(['no', 'probe']);
  expect([end(probed, 'success').phase, end(probed, 'neutral').phase, end(probed, 'failure', 2000)]).toEqual([
    'closed',
    'closed',
    { phase: 'open', epoch: 3, until: 4250, times: 2 },
  ]);
  expect(admission(end(probed, 'abandoned', 3000), 3000)).toBe('probe');
});

test('what began before a change of phase says nothing any more', () => {
  const open = ends('failure', 'failure', 'failure');
  expect(afterTry(open, 'success', { epoch: 0, now: 0, random, rateFellTooLow: false }, SETTINGS)).toBe(open);
});

test('0 failures: no row opens it, a rate does', () => {
  const never = { ...SETTINGS, failures: 0 };
  const at = { epoch: 0, now: 0, random };
  expect(afterTry(CLOSED, 'failure', { ...at, rateFellTooLow: false }, never).phase).toBe('closed');
  expect(afterTry(CLOSED, 'failure', { ...at, rateFellTooLow: true }, never).phase).toBe('open');
});

test('the rate is judged over its window, and only when there is enough in it', () => {
  const rate = new SuccessRate({ threshold: 0.8, window: 10_000, minimum: 20 });
  for (let n = 0; n < 15; n++) expect(rate.add(true, 0)).toBe(false);
  for (let n = 0; n < 4; n++) expect(rate.add(false, 5000)).toBe(false);
  expect(rate.add(true, 5000)).toBe(false);
  expect(rate.add(false, 5000)).toBe(true);
  expect(rate.add(false, 12_000)).toBe(false);
});

test('whatever happens, at most one probe is under way', () => {
  const step = record({
    how: constantFrom<TryEnd | 'begin'>('begin', 'begin', 'success', 'failure', 'neutral', 'abandoned'),
    wait: integer({ min: 0, max: 3000 }),
    which: integer({ min: 0, max: 20 }),
  });
  assert(
    property(array(step, { maxLength: 200 }), (steps) => {
      let state: BreakerState = CLOSED;
      let now = 0;
      const open: { epoch: number; probe: boolean; until: number }[] = [];
      for (const { how, wait, which } of steps) {
        now += wait;
        if (how === 'begin') {
          const may = admission(state, now);
          if (may === 'no') continue;
          if (may === 'probe' && state.phase !== 'closed') state = probing(state, now + 2000);
          open.push({ epoch: state.epoch, probe: may === 'probe', until: now + 2000 });
        } else if (open.length > 0) {
          const [ticket] = open.splice(which % open.length, 1);
          if (ticket === undefined) continue;
          state = afterTry(state, how, { epoch: ticket.epoch, now, random, rateFellTooLow: false }, SETTINGS);
        }
        const probes = open.filter(({ probe, epoch, until }) => probe && epoch === state.epoch && now < until);
        expect(probes.length).toBeLessThanOrEqual(1);
        if (state.phase === 'closed') expect(probes).toEqual([]);
      }
    }),
  );
});
