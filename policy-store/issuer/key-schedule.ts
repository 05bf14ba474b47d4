/** Each class of token has signing keys of its own, so that no token passes as one of another class. */
export type KeyClass = 'wit' | 'jwt' | 'hop' | 'manifest';

/** The life of a signing key: known to all, signing, no longer signing, forgotten. It only ever goes forward. */
export type KeyState = 'published' | 'active' | 'retiring' | 'removed';

/** When a key did what. Milliseconds since the epoch; null: not yet. */
export interface KeyTimes {
  readonly kid: string;
  readonly class: KeyClass;
  readonly createdAt: number;
  /** From when it may sign. */
  readonly dueAt: number;
  readonly activeAt: number | null;
  readonly retiringAt: number | null;
  readonly removedAt: number | null;
}

/** What the schedule needs to know of a key beside its times. */
export interface ScheduledKey extends KeyTimes {
  /** Every router that is running serves the generation that published it. */
  readonly acknowledged: boolean;
}

/** Milliseconds. */
export interface KeyPolicy {
  /** How long a key signs. */
  readonly rotateEvery: number;
  /** How long everybody has to learn of a key before it signs without their word. */
  readonly publishFor: number;
  /** How long what it signed last is still believed. */
  readonly keepFor: Readonly<Record<KeyClass, number>>;
}

export type KeyAction =
  | { readonly do: 'publish'; readonly class: KeyClass; readonly dueAt: number }
  | { readonly do: 'activate' | 'retire' | 'remove'; readonly kid: string };

export const KEY_CLASSES: readonly KeyClass[] = ['wit', 'jwt', 'hop', 'manifest'];

/** Seconds between looks at the trust bundle (`spiffe_refresh_hint`). */
export const REFRESH_HINT = 300;
const DAY = 86_400_000;
/** Skew of clocks, and a signature that was under way when the key was retired. */
const GRACE = 60_000;

/**
 * The mesh's own policy: a key signs for 30 days and is published five refresh hints before.
 * @param hardStaleness how long a router that cannot reach the store goes on, with the keys that it has
 */
export function keyPolicy(hardStaleness: number): KeyPolicy {
  return {
    rotateEvery: 30 * DAY,
    publishFor: 5 * REFRESH_HINT * 1000,
    keepFor: {
      wit: 4 * 3_600_000 + GRACE,
      jwt: 120_000 + GRACE,
      hop: hardStaleness + 30_000 + GRACE,
      manifest: hardStaleness + GRACE,
    },
  };
}

export function stateOf(key: KeyTimes): KeyState {
  if (key.removedAt !== null) return 'removed';
  if (key.retiringAt !== null) return 'retiring';
  return key.activeAt === null ? 'published' : 'active';
}

/**
 * What is to be done with the keys now. Carry it out and ask again until nothing is left: a class without any key gets
 * one in the first round and has it signing after the second.
 */
export function keyActions(keys: readonly ScheduledKey[], now: number, policy: KeyPolicy): KeyAction[] {
  return KEY_CLASSES.flatMap((cls) => {
    const own = keys.filter((key) => key.class === cls);
    return [...succession(cls, own, now, policy), ...removals(cls, own, now, policy)];
  });
}

function succession(cls: KeyClass, keys: readonly ScheduledKey[], now: number, policy: KeyPolicy): KeyAction[] {
  const active = keys.filter((key) => stateOf(key) === 'active').sort((a, b) => (b.activeAt ?? 0) - (a.activeAt ?? 0));
  const [signing, ...surplus] = active;
  const retire = surplus.map(({ kid }): KeyAction => ({ do: 'retire', kid }));
  const next = keys.filter((key) => stateOf(key) === 'published').sort((a, b) => a.dueAt - b.dueAt)[0];
  if (next === undefined) {
    const publishAt = signing === undefined ? now : (signing.activeAt ?? 0) + policy.rotateEvery - policy.publishFor;
    if (now < publishAt) return retire;
    return [...retire, { do: 'publish', class: cls, dueAt: signing === undefined ? now : now + policy.publishFor }];
  }
  if (signing === undefined) return [{ do: 'activate', kid: next.kid }];
  if (!mayActivate(next, now, policy)) return retire;
  return [...retire, { do: 'activate', kid: next.kid }, { do: 'retire', kid: signing.kid }];
}

/** A verifier that has not met the key would refuse what it signs. */
const mayActivate = (key: ScheduledKey, now: number, policy: KeyPolicy): boolean =>
  now >= key.dueAt && (key.acknowledged || now >= key.createdAt + policy.publishFor);

function removals(cls: KeyClass, keys: readonly ScheduledKey[], now: number, policy: KeyPolicy): KeyAction[] {
  return keys
    .filter((key) => stateOf(key) === 'retiring' && now >= (key.retiringAt ?? now) + policy.keepFor[cls])
    .map(({ kid }): KeyAction => ({ do: 'remove', kid }));
}

/** What happens to a key next, and when, if nobody interferes; undefined: nothing any more. */
export function nextStep(
  key: KeyTimes,
  policy: KeyPolicy,
): { readonly state: KeyState; readonly at: number } | undefined {
  switch (stateOf(key)) {
    case 'published':
      return { state: 'active', at: key.dueAt };
    case 'active':
      return { state: 'retiring', at: (key.activeAt ?? 0) + policy.rotateEvery };
    case 'retiring':
      return { state: 'removed', at: (key.retiringAt ?? 0) + policy.keepFor[key.class] };
    case 'removed':
      return undefined;
  }
}

const LONGEST_WAIT = 60_000;
const SHORTEST_WAIT = 1_000;

/** Milliseconds until the keys are worth another look: soon while one waits to become active, else a minute. */
export function untilNextLook(keys: readonly KeyTimes[], now: number): number {
  const waits = keys.filter((key) => stateOf(key) === 'published').map((key) => key.dueAt - now);
  return Math.max(SHORTEST_WAIT, Math.min(LONGEST_WAIT, ...waits));
}
