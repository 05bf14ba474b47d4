import type { Clock, ReplayStore } from '../ports.ts';

/** About 3,700 single-use proofs a second that live 30 s, and some 20 MB. */
const DEFAULT_LIMIT = 131_072;
/** A full memory is swept at most this often, milliseconds. */
const SWEEP_INTERVAL = 1_000;

/**
 * Remembers single-use proofs in this router's own memory: what another router (or another isolate of this one) has seen
 * it does not know. A full memory forgets nothing: it can not be asked then, and what it would be asked for is refused.
 */
export class ReplayMemory implements ReplayStore {
  /** Key -> when it may be forgotten, roughly in that order: a proof lives at most 95 s. */
  readonly #used = new Map<string, number>();
  readonly #clock: Pick<Clock, 'now'>;
  readonly #limit: number;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'now'>, limit = DEFAULT_LIMIT) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** @throws Error when the memory is full */
  useOnce(key: string, expiresAt: number): boolean {
    const now = this.#clock.now();
    const known = this.#used.get(key);
    if (known !== undefined && known > now) return false;
    this.#used.delete(key);
    this.#forgetOldest(now);
    if (this.#used.size >= this.#limit) this.#sweep(now);
    if (this.#used.size >= this.#limit) throw new Error('too many single-use proofs are remembered');
    this.#used.set(key, expiresAt);
    return true;
  }

  /** Two for each that comes, so that it never takes long. */
  #forgetOldest(now: number): void {
    let left = 2;
    for (const [key, expiresAt] of this.#used) {
      if (expiresAt > now || left-- === 0) return;
      this.#used.delete(key);
    }
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < SWEEP_INTERVAL) return;
    this.#sweptAt = now;
    for (const [key, expiresAt] of this.#used) if (expiresAt <= now) this.#used.delete(key);
  }
}
