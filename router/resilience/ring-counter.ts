const BUCKETS = 10;

/**
 * Counts what happened in a sliding window, exactly to a tenth of it. Memory and work do not grow with what is counted.
 * Time is any clock in milliseconds that does not run backwards; where it does, the newest bucket counts on.
 */
export class RingCounter {
  readonly #width: number;
  readonly #counts = new Float64Array(BUCKETS);
  /** Number of the bucket that is being filled, counted from the clock's zero. */
  #newest = Number.NEGATIVE_INFINITY;
  #sum = 0;

  /** @param window milliseconds */
  constructor(window: number) {
    this.#width = window / BUCKETS;
  }

  add(now: number, count = 1): void {
    this.#turnTo(now);
    const at = this.#newest % BUCKETS;
    this.#counts[at] = (this.#counts[at] as number) + count;
    this.#sum += count;
  }

  sum(now: number): number {
    this.#turnTo(now);
    return this.#sum;
  }

  /** Empties the buckets that have left the window. */
  #turnTo(now: number): void {
    const bucket = Math.floor(now / this.#width);
    if (bucket <= this.#newest) return;
    if (bucket - this.#newest >= BUCKETS) {
      this.#counts.fill(0);
      this.#sum = 0;
    } else {
      for (let gone = this.#newest + 1; gone <= bucket; gone++) {
        const at = gone % BUCKETS;
        this.#sum -= this.#counts[at] as number;
        this.#counts[at] = 0;
      }
    }
    this.#newest = bucket;
  }
}
