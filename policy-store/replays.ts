import type { Database } from './db/database.ts';
import type { StorePorts } from './ports.ts';
import { useOnce } from './repositories/used-tokens.ts';

/** No single-use proof lives so long, milliseconds: what would be remembered longer is a mistake. */
const LONGEST = 10 * 60_000;

/** Remembers for all routers which single-use proofs were used (`MeshConfig.replayProtection: strict`). */
export class Replays {
  readonly #database: Database;
  readonly #clock: StorePorts['clock'];

  constructor(deps: { readonly database: Database; readonly clock: StorePorts['clock'] }) {
    this.#database = deps.database;
    this.#clock = deps.clock;
  }

  /**
   * @param expiresAt milliseconds since the epoch
   * @returns false when the key was used before
   */
  useOnce(key: string, expiresAt: number): Promise<boolean> {
    const now = this.#clock.now();
    const until = new Date(Math.min(expiresAt, now + LONGEST));
    // Assertions and proofs of keys are kept in the same table, under names of their own.
    return this.#database.write((session) => useOnce(session, `call ${key}`, until, new Date(now)));
  }
}
