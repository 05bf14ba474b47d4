import type { Database, Session } from './db/database.ts';
import type { GenerationFeed } from './generation-feed.ts';
import type { IssuerKeys } from './issuer-keys/index.ts';
import type { MeshStates } from './mesh-state.ts';
import type { StorePorts } from './ports.ts';
import { publish } from './publish.ts';
import type { StoredKeys } from './repositories/signing-keys.ts';

interface Deps {
  readonly database: Database;
  readonly states: MeshStates;
  readonly feed: GenerationFeed;
  readonly ports: Pick<StorePorts, 'clock' | 'log'>;
  readonly issuerKeys: IssuerKeys;
  keys(session: Session): StoredKeys;
}

/** How often it is looked whose keys are due, milliseconds. */
const LOOK_EVERY = 15_000;

/** Keeps the keys of end users' issuers fresh in the snapshot: who asks them is the store alone, never a router. */
export class IssuerRefresh {
  readonly #deps: Deps;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Asks the issuers that are due, and publishes what changed. Never rejects: the next look tries again.
   * @returns the generation that holds their keys; undefined where no issuer is asked, or it did not work
   */
  async look(): Promise<number | undefined> {
    const { database, states, feed, ports, issuerKeys } = this.#deps;
    try {
      const { compiled } = await database.read((session) => states.current(session));
      const asked = compiled.keySets.filter(({ keys }) => keys === undefined);
      if (asked.length === 0) return undefined;
      await issuerKeys.refresh(asked);
      const before = feed.newest;
      const { generation } = await database.alone(async (session) =>
        publish(session, await states.current(session), this.#deps.keys(session), ports.clock.now()),
      );
      feed.learn(generation);
      if (generation > before) await database.announce();
      return generation;
    } catch (error) {
      ports.log('warn', 'the keys of issuers were not refreshed', { error: String(error) });
      return undefined;
    }
  }
}
