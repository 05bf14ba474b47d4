/** Tells the parts of one exchange that nobody waits any more. An AbortSignal without events: it is on the hot path. */
export class Cancellation {
  #reason: CancelReason | undefined;
  #listeners: ((reason: CancelReason) => void)[] = [];

  get reason(): CancelReason | undefined {
    return this.#reason;
  }

  /** The first reason stays. Listeners run at once, each at most once. */
  cancel(reason: CancelReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener(reason);
  }

  /** @returns takes the listener off again */
  onCancel(listener: (reason: CancelReason) => void): () => void {
    if (this.#reason !== undefined) {
      listener(this.#reason);
      return noop;
    }
    this.#listeners.push(listener);
    return () => {
      const at = this.#listeners.indexOf(listener);
      if (at >= 0) this.#listeners.splice(at, 1);
    };
  }
}

/** `superseded`: another try of the same request was answered first. */
export type CancelReason = 'client_closed' | 'deadline_exceeded' | 'upstream_timeout' | 'revoked' | 'superseded';

const noop = (): void => {};
