import type { Clock } from '../ports.ts';

/** How long one waits for another, milliseconds. A load that takes longer may have died with its request. */
const PATIENCE = 5_000;
/** The longest time between two looks whether the other is done, milliseconds; the first are sooner. */
const LOOK_INTERVAL = 10;

/**
 * Lets one load what many want at the same time. Those that wait share no promise, which on Workers may not be awaited by
 * another request: each looks with timers of its own at what is there by now.
 */
export class Turns {
  readonly #clock: Clock;
  /** Since when a key is being loaded, by the monotonic clock. */
  readonly #since = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Loads if nobody does, else waits for what `ready` finds.
   * @returns undefined when the other was not done in time
   * @throws what `load` throws
   */
  async take<Value>(
    key: string,
    ready: () => Value | undefined,
    load: () => Promise<Value>,
  ): Promise<Value | undefined> {
    const until = this.#clock.monotonic() + PATIENCE;
    for (let wait = 1; this.#isTaken(key); wait = Math.min(2 * wait, LOOK_INTERVAL)) {
      if (this.#clock.monotonic() >= until) return undefined;
      await new Promise<void>((resolve) => void this.#clock.after(wait, resolve));
      const value = ready();
      if (value !== undefined) return value;
    }
    const mine = this.#clock.monotonic();
    this.#since.set(key, mine);
    try {
      return await load();
    } finally {
      if (this.#since.get(key) === mine) this.#since.delete(key);
    }
  }

  #isTaken(key: string): boolean {
    const since = this.#since.get(key);
    return since !== undefined && this.#clock.monotonic() - since < PATIENCE;
  }
}
