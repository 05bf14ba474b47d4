import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  KEY_CLASSES,
  type KeyAction,
  keyActions,
  keyPolicy,
  nextStep,
  type ScheduledKey,
  stateOf,
  untilNextLook,
} from './key-schedule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const policy = keyPolicy(DAY);
const START = 1_800_000_000_000;

const key = (change: Partial<ScheduledKey> = {}): ScheduledKey => ({
  kid: 'one',
  class: 'wit',
  createdAt: START,
  dueAt: START,
  activeAt: START,
  retiringAt: null,
  removedAt: null,
  acknowledged: true,
  ...change,
});
const waiting = (change: Partial<ScheduledKey> = {}): ScheduledKey => key({ kid: 'two', activeAt: null, ...change });
const ofWit = (keys: ScheduledKey[], now: number): KeyAction[] => {
  const others = KEY_CLASSES.filter((cls) => cls !== 'wit').map((cls) => key({ kid: cls, class: cls, activeAt: now }));
  return keyActions([...keys, ...others], now, policy);
};

test('a class without a key gets one that signs at once', () => {
  expect(ofWit([], START)).toEqual([{ do: 'publish', class: 'wit', dueAt: START }]);
  expect(ofWit([waiting({ dueAt: START + HOUR, acknowledged: false })], START)).toEqual([
    { do: 'activate', kid: 'two' },
  ]);
});

test('the next key is published 25 minutes before the 30 days are over, and takes over then', () => {
  expect(ofWit([key()], START + 30 * DAY - 25 * MINUTE - 1)).toEqual([]);
  const at = START + 30 * DAY - 25 * MINUTE;
  expect(ofWit([key()], at)).toEqual([{ do: 'publish', class: 'wit', dueAt: START + 30 * DAY }]);
  const next = waiting({ createdAt: at, dueAt: START + 30 * DAY, acknowledged: false });
  expect(ofWit([key(), next], START + 30 * DAY - 1)).toEqual([]);
  expect(ofWit([key(), next], START + 30 * DAY)).toEqual([
    { do: 'activate', kid: 'two' },
    { do: 'retire', kid: 'one' },
  ]);
});

test.each([
  ['is due and acknowledged', { dueAt: START + MINUTE }, MINUTE, true],
  ['is not due', { dueAt: START + MINUTE }, MINUTE - 1, false],
  ['is not acknowledged', { dueAt: START, acknowledged: false }, 24 * MINUTE, false],
  ['had 25 minutes', { dueAt: START, acknowledged: false }, 25 * MINUTE, true],
])('a key that %s', (_name, change, after, activates) => {
  expect(ofWit([key(), waiting(change)], START + after).length > 0).toBe(activates);
});

test.each([
  ['wit', 4 * HOUR + MINUTE],
  ['jwt', 3 * MINUTE],
  ['hop', DAY + 90_000],
  ['manifest', DAY + MINUTE],
] as const)('a retired %s key goes when nothing that it signed can live', (cls, keep) => {
  const retired = key({ kid: 'old', class: cls, retiringAt: START });
  const signing = KEY_CLASSES.map((one) => key({ kid: one, class: one }));
  expect(keyActions([...signing, retired], START + keep - 1, policy)).toEqual([]);
  expect(keyActions([...signing, retired], START + keep, policy)).toEqual([{ do: 'remove', kid: 'old' }]);
});

test('says what comes next, and when to look again', () => {
  expect(nextStep(waiting({ dueAt: START + 5 }), policy)).toEqual({ state: 'active', at: START + 5 });
  expect(nextStep(key(), policy)).toEqual({ state: 'retiring', at: START + 30 * DAY });
  expect(nextStep(key({ removedAt: START }), policy)).toBeUndefined();
  expect(untilNextLook([key()], START)).toBe(MINUTE);
  expect(untilNextLook([waiting({ dueAt: START + 5000 })], START)).toBe(5000);
  expect(untilNextLook([waiting()], START + HOUR)).toBe(1000);
});

/** Carries actions out on plain data. */
class World {
  keys: ScheduledKey[] = [];
  now = START;
  #made = 0;

  settle(): void {
    for (let rounds = 0; ; rounds++) {
      const actions = keyActions(this.keys, this.now, policy);
      if (actions.length === 0) return;
      if (rounds > 5) throw new Error('the schedule does not come to rest');
      for (const action of actions) this.#carryOut(action);
    }
  }

  publish(cls: ScheduledKey['class'], dueAt: number): void {
    const kid = `k${this.#made++}`;
    const times = { createdAt: this.now, dueAt, activeAt: null };
    this.keys.push(key({ kid, class: cls, ...times, acknowledged: false }));
  }

  change(kid: string, change: Partial<ScheduledKey>): void {
    this.keys = this.keys.map((one) => (one.kid === kid ? { ...one, ...change } : one));
  }

  #carryOut(action: KeyAction): void {
    if (action.do === 'publish') this.publish(action.class, action.dueAt);
    else if (action.do === 'activate') this.#activate(action.kid);
    else this.change(action.kid, action.do === 'retire' ? { retiringAt: this.now } : { removedAt: this.now });
  }

  #activate(kid: string): void {
    const next = this.keys.find((one) => one.kid === kid) as ScheduledKey;
    const signing = this.keys.some((one) => one.class === next.class && stateOf(one) === 'active');
    // The promise of the schedule: nobody meets a key that it had no time to learn of, unless there is no other.
    if (signing)
      expect(next.dueAt <= this.now && (next.acknowledged || this.now >= next.createdAt + 25 * MINUTE)).toBe(true);
    this.change(kid, { activeAt: this.now });
  }
}

const step = fc.record({
  pass: fc.oneof(fc.integer({ min: 0, max: 30 * MINUTE }), fc.integer({ min: 0, max: 40 * DAY })),
  event: fc.constantFrom('none', 'acknowledge', 'rotate', 'revoke'),
  pick: fc.nat({ max: 20 }),
});

test('whatever happens: one key of each class signs, none is skipped ahead, none forgotten too early', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const world = new World();
      world.settle();
      for (const { pass, event, pick } of steps) {
        world.now += pass;
        const before = world.keys;
        const picked = world.keys[pick % world.keys.length] as ScheduledKey;
        if (event === 'acknowledge') world.change(picked.kid, { acknowledged: true });
        if (event === 'revoke') world.change(picked.kid, { removedAt: world.now });
        const successor = world.keys.some((one) => one.class === picked.class && stateOf(one) === 'published');
        if (event === 'rotate' && !successor) world.publish(picked.class, world.now + pass);
        world.settle();
        for (const cls of KEY_CLASSES) {
          expect(world.keys.filter((one) => one.class === cls && stateOf(one) === 'active')).toHaveLength(1);
        }
        for (const old of before) {
          const now = world.keys.find((one) => one.kid === old.kid) as ScheduledKey;
          if (now.removedAt !== null && old.removedAt === null && event !== 'revoke') {
            expect(world.now).toBeGreaterThanOrEqual((now.retiringAt ?? Infinity) + policy.keepFor[now.class]);
          }
        }
      }
    }),
  );
});
