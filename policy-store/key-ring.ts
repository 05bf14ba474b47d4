import type { Database, Session } from './db/database.ts';
import type { GenerationFeed } from './generation-feed.ts';
import type { KeyAction, KeyCircumstances, KeyClass, KeyRecord, KeyState } from './issuer/index.ts';
import {
  keyPolicy,
  nextStep,
  pendingActions,
  publishKey,
  replaceKey,
  stateOf,
  tendKeys,
  untilNextLook,
} from './issuer/index.ts';
import type { MeshStates } from './mesh-state.ts';
import type { StorePorts } from './ports.ts';
import { publish } from './publish.ts';
import { StoreRefusal } from './refusal.ts';
import { appendAudit } from './repositories/audit-log.ts';
import { addRevocations } from './repositories/revocations.ts';
import { listRouters } from './repositories/routers.ts';
import type { StoredKeys } from './repositories/signing-keys.ts';

interface Deps {
  readonly database: Database;
  readonly states: MeshStates;
  readonly feed: GenerationFeed;
  readonly ports: Pick<StorePorts, 'clock' | 'log'>;
  keys(session: Session): StoredKeys;
}

/** A signing key as operators see it; milliseconds since the epoch. */
export interface KeyEntry {
  readonly kid: string;
  readonly class: KeyClass;
  readonly state: KeyState;
  /** When it came into this state. */
  readonly since: number;
  /** What happens to it next if nobody interferes; null: nothing. */
  readonly next: { readonly state: KeyState; readonly at: number } | null;
}

export interface KeyChangeAnswer {
  /** The key that signs from now on, or will. */
  readonly kid: string;
  /** The generation that tells routers. */
  readonly generation: number;
}

/** A router that asked so long ago at most counts as running, milliseconds. */
const SEEN_WITHIN = 30_000;
/** Who changes keys when nobody asked. */
const SCHEDULE = 'schedule';

/** The signing keys of the mesh: made, used and forgotten by the schedule, or on the word of an operator. */
export class KeyRing {
  readonly #deps: Deps;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Every key that is not forgotten, by class. */
  async list(): Promise<KeyEntry[]> {
    const { database, states } = this.#deps;
    return database.read(async (session) => {
      const policy = keyPolicy((await states.current(session)).compiled.mesh.staleness.hard);
      const keys = (await this.#deps.keys(session).records()).filter((key) => key.removedAt === null);
      return keys.map((key) => ({
        kid: key.kid,
        class: key.class,
        state: stateOf(key),
        since: key.retiringAt ?? key.activeAt ?? key.createdAt,
        next: nextStep(key, policy) ?? null,
      }));
    });
  }

  /**
   * Publishes the next key of a class, or lets the one that is published already sign sooner.
   * @param activateAfter milliseconds; it signs when they have passed and every running router knows it
   */
  async rotate(cls: KeyClass, activateAfter: number | undefined, actor: string): Promise<KeyChangeAnswer> {
    const answer = await this.#change(async (session, keys, around) => {
      const dueAt = around.now + (activateAfter ?? around.policy.publishFor);
      const waiting = (await keys.records()).find((key) => key.class === cls && stateOf(key) === 'published');
      const kid = waiting?.kid ?? (await publishKey(keys, cls, around.now, dueAt));
      if (waiting !== undefined) await keys.setDue(kid, Math.min(waiting.dueAt, dueAt));
      await audit(session, around.now, actor, 'rotate-key', kid, { class: cls, dueAt });
      return kid;
    });
    await this.tend();
    return answer;
  }

  /**
   * Takes a key out of use at once: what it signed is void, and the next key of its class signs.
   * @throws StoreRefusal `not_found`
   */
  revoke(kid: string, actor: string): Promise<KeyChangeAnswer> {
    return this.#change(async (session, keys, { now }) => {
      const key = (await keys.records()).find((one) => one.kid === kid && one.removedAt === null);
      if (key === undefined) throw new StoreRefusal('not_found', 'There is no such signing key. See GET /v1/keys.');
      const successor = await replaceKey(keys, key, now);
      await addRevocations(session, { ids: [], jkts: [], kids: [kid], issuedBefore: {} }, new Date(now));
      await audit(session, now, actor, 'revoke-key', kid, { class: key.class });
      return successor ?? kid;
    });
  }

  /** Does what the schedule asks for now. */
  async tend(): Promise<void> {
    const { database } = this.#deps;
    const due = await database.read(async (session) =>
      pendingActions(await this.#deps.keys(session).records(), await this.#around(session)),
    );
    if (due.length > 0) await this.#change((session, keys, around) => tendWithin(session, keys, around));
    this.#wait();
  }

  /** Keeps an eye on the schedule until `stop`. */
  start(): void {
    this.#wait();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** The keys that are missing, inside of a transaction of the caller, who publishes. */
  async prepare(session: Session): Promise<void> {
    await tendWithin(session, this.#deps.keys(session), await this.#around(session));
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    void this.#untilNextLook().then((ms) => {
      clearTimeout(this.#timer);
      if (!this.#stopped) this.#timer = setTimeout(() => void this.#look(), ms);
    });
  }

  async #look(): Promise<void> {
    try {
      await this.tend();
    } catch (error) {
      this.#deps.ports.log('warn', 'the signing keys were not looked after', { error: String(error) });
      this.#wait();
    }
  }

  async #untilNextLook(): Promise<number> {
    const { database, ports } = this.#deps;
    const keys = await database.read((session) => this.#deps.keys(session).records()).catch((): KeyRecord[] => []);
    return untilNextLook(keys, ports.clock.now());
  }

  async #around(session: Session): Promise<KeyCircumstances> {
    const { states, ports } = this.#deps;
    const now = ports.clock.now();
    const { compiled } = await states.current(session);
    const routers = await listRouters(session, now - SEEN_WITHIN);
    return {
      now,
      policy: keyPolicy(compiled.mesh.staleness.hard),
      acknowledged: (generation) => routers.every((router) => router.generation >= generation),
    };
  }

  async #change(
    work: (session: Session, keys: StoredKeys, around: KeyCircumstances) => Promise<string>,
  ): Promise<KeyChangeAnswer> {
    const { database, states, feed } = this.#deps;
    const answer = await database.alone(async (session) => {
      const keys = this.#deps.keys(session);
      const around = await this.#around(session);
      const kid = await work(session, keys, around);
      const { generation } = await publish(session, await states.current(session), keys, around.now);
      return { kid, generation };
    });
    feed.learn(answer.generation);
    await database.announce();
    return answer;
  }
}

async function tendWithin(session: Session, keys: StoredKeys, around: KeyCircumstances): Promise<string> {
  const done = await tendKeys(keys, around);
  const activated = done.filter((action) => action.do !== 'publish');
  for (const action of activated) await audit(session, around.now, SCHEDULE, `${action.do}-key`, kidOf(action), {});
  return activated.map(kidOf).at(-1) ?? '';
}

const kidOf = (action: KeyAction): string => (action.do === 'publish' ? action.class : action.kid);

const audit = (
  session: Session,
  at: number,
  actor: string,
  action: string,
  subject: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> => appendAudit(session, { at, actor, action, subject, detail });
