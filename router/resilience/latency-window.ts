const SAMPLES = 256;
/** The percentile is looked up again after so many new samples: sorting costs more than a request. */
const EVERY = 32;
/** Fewer samples say nothing of the slow ones. */
const ENOUGH = 32;

/** The times that the last answers of a service took, for hedging. */
export class LatencyWindow {
  readonly #ring = new Float64Array(SAMPLES);
  #count = 0;
  #p95: number | undefined;

  add(milliseconds: number): void {
    this.#ring[this.#count % SAMPLES] = milliseconds;
    this.#count++;
    if (this.#count >= ENOUGH && this.#count % EVERY === 0) this.#p95 = this.#percentile();
  }

  /** The time that 19 of 20 answers took at most; undefined until there are enough to tell. */
  get p95(): number | undefined {
    return this.#p95;
  }

  #percentile(): number | undefined {
    const sorted = this.#ring.slice(0, Math.min(this.#count, SAMPLES)).sort();
    return sorted[Math.ceil(sorted.length * 0.95) - 1];
  }
}
