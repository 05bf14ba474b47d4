import { type KeyAction, type KeyPolicy, keyActions, stateOf } from './key-schedule.ts';
import { signEndorsement } from './minting.ts';
import { generateSigningKey, type KeyClass, type KeyRecord, type KeyRepository } from './signing-key.ts';

/** What the keys are judged by. */
export interface KeyCircumstances {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly policy: KeyPolicy;
  /** Whether every router that is running serves this generation. */
  acknowledged(generation: number): boolean;
}

/**
 * Does what the schedule asks for, until nothing is left to do.
 * Call it under the writers' lock: two stores would each make keys.
 * @returns what was done
 */
export async function tendKeys(repo: KeyRepository, circumstances: KeyCircumstances): Promise<KeyAction[]> {
  const done: KeyAction[] = [];
  for (;;) {
    const actions = pendingActions(await repo.records(), circumstances);
    if (actions.length === 0) return done;
    for (const action of actions) await carryOut(repo, action, circumstances.now);
    done.push(...actions);
  }
}

/** What is to be done with the keys now. */
export function pendingActions(
  records: readonly KeyRecord[],
  { now, policy, acknowledged }: KeyCircumstances,
): KeyAction[] {
  const keys = records.map((key) => ({
    ...key,
    acknowledged: key.generation !== null && acknowledged(key.generation),
  }));
  return keyActions(keys, now, policy);
}

/** Makes a key of the class known; a manifest key is endorsed by the one that signs now. @returns its kid */
export async function publishKey(repo: KeyRepository, cls: KeyClass, now: number, dueAt: number): Promise<string> {
  const key = await generateSigningKey(cls, now);
  const signing = cls === 'manifest' ? await repo.active(cls) : undefined;
  await repo.add(key, dueAt, signing === undefined ? null : await signEndorsement(key, signing, now));
  return key.kid;
}

/** Takes a key out of use at once; the next of its class signs from now on. @returns the kid of the successor */
export async function replaceKey(repo: KeyRepository, key: KeyRecord, now: number): Promise<string | undefined> {
  let successor: string | undefined;
  if (stateOf(key) === 'active') {
    const waiting = (await repo.records()).find((one) => one.class === key.class && stateOf(one) === 'published');
    successor = waiting?.kid ?? (await publishKey(repo, key.class, now, now));
    await repo.move(successor, 'active', now);
  }
  await repo.move(key.kid, 'removed', now);
  return successor;
}

async function carryOut(repo: KeyRepository, action: KeyAction, now: number): Promise<void> {
  switch (action.do) {
    case 'publish':
      await publishKey(repo, action.class, now, action.dueAt);
      return;
    case 'activate':
      return repo.move(action.kid, 'active', now);
    case 'retire':
      return repo.move(action.kid, 'retiring', now);
    case 'remove':
      return repo.move(action.kid, 'removed', now);
  }
}
