import type { Clock, CounterAnswer, CounterStore } from '../../router/ports.ts';
import { type BucketSize, type FullAt, takeFrom, tokensIn } from '../../router/resilience/token-bucket.ts';

/** Buckets that are not full. */
const LIMIT = 100_000;
/** Looked at when there is no room, so that nobody waits for it. */
const SWEEP = 1_000;

/**
 * Counts for all routers and gateways of one process. For tests, and where one process is the whole mesh.
 */
export class MemoryCounters implements CounterStore {
  readonly #fullAt = new Map<string, FullAt>();
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #limit: number;

  constructor(clock: Pick<Clock, 'monotonic'>, limit = LIMIT) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Rejects when there are too many buckets: nothing that is counted is forgotten. */
  async take(key: string, cost: number, size: BucketSize, now: number): Promise<CounterAnswer> {
    const tick = this.#clock.monotonic();
    const known = this.#fullAt.get(key);
    if (known === undefined && this.#fullAt.size >= this.#limit) this.#sweep(tick);
    if (known === undefined && this.#fullAt.size >= this.#limit) throw new Error('too many buckets are counted');
    const { allowed, fullAt } = takeFrom(known ?? tick, cost, size, tick);
    this.#fullAt.set(key, fullAt);
    return { allowed, remaining: tokensIn(fullAt, size, tick), resetAt: now + Math.max(0, fullAt - tick) };
  }

  #sweep(now: number): void {
    let left = SWEEP;
    for (const [key, fullAt] of this.#fullAt) {
      this.#fullAt.delete(key);
      if (fullAt > now) this.#fullAt.set(key, fullAt);
      if (--left === 0) return;
    }
  }
}
