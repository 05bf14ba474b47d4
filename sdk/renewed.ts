/** Times in milliseconds since the epoch. */
export interface Renewable {
  /** From here on a new one is asked for, while this one still serves. */
  readonly renewAt: number;
  readonly expiresAt: number;
}

/** Between attempts to renew what still serves, milliseconds. */
const RETRY_AFTER = 10_000;
/** So long nobody asks again after a failure with nothing in hand, milliseconds. */
const FAIL_FAST = 1_000;

/**
 * Holds a thing that has to be renewed before it expires. Whoever finds it due renews it and waits for its own fetch;
 * the others go on with what is held. No promise is ever shared between callers: on Workers that would hang.
 */
export class Renewed<Thing extends Renewable> {
  #held: Thing | undefined;
  #nextTry = 0;
  #failure: { readonly until: number; readonly error: unknown } | undefined;

  /** @param warn hears why a renewal failed while the old one still serves */
  async get(now: number, renew: () => Promise<Thing>, warn: (error: unknown) => void): Promise<Thing> {
    const held = this.#held;
    if (held !== undefined && now < held.renewAt) return held;
    if (held === undefined || now >= held.expiresAt) return this.#first(now, renew);
    if (now < this.#nextTry) return held;
    this.#nextTry = now + RETRY_AFTER;
    try {
      this.#held = await renew();
      return this.#held;
    } catch (error) {
      warn(error);
      return held;
    }
  }

  /** What is held is refused by others, before its time: the next one who asks renews it, if that was not just done. */
  dueNow(isIt: (held: Thing) => boolean): void {
    if (this.#held !== undefined && isIt(this.#held)) this.#held = { ...this.#held, renewAt: 0 };
  }

  async #first(now: number, renew: () => Promise<Thing>): Promise<Thing> {
    if (this.#failure !== undefined && now < this.#failure.until) throw this.#failure.error;
    try {
      this.#held = await renew();
      this.#failure = undefined;
      return this.#held;
    } catch (error) {
      this.#failure = { until: now + FAIL_FAST, error };
      throw error;
    }
  }
}
