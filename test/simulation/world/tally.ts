/** Numbers in the order they came, sorted only when somebody asks. */
class Samples {
  #values = new Float64Array(1024);
  #count = 0;
  #sorted: Float64Array | undefined;

  add(value: number): void {
    if (this.#count === this.#values.length) {
      const more = new Float64Array(this.#count * 2);
      more.set(this.#values);
      this.#values = more;
    }
    this.#values[this.#count++] = value;
    this.#sorted = undefined;
  }

  /** 0 where there is nothing. @param share in 0..1 */
  quantile(share: number): number {
    this.#sorted ??= this.#values.slice(0, this.#count).sort();
    return this.#sorted[Math.max(0, Math.ceil(this.#count * share) - 1)] ?? 0;
  }
}

/** What callers have seen in one stretch of time. */
export class Tally {
  /** Requests that ended. */
  asked = 0;
  /** Ended with 500 and above, or were refused, 429 included. */
  failed = 0;
  /** Tries that routers made for them. */
  tries = 0;
  readonly reasons: Record<string, number> = {};
  /** Milliseconds, all of them, and those that failed. */
  readonly times = new Samples();
  readonly failureTimes = new Samples();

  add(status: number, reason: string | undefined, duration: number, tries: number): void {
    this.asked++;
    this.tries += tries;
    this.times.add(duration);
    if (status < 500 && status !== 429 && reason === undefined) return;
    this.failed++;
    this.failureTimes.add(duration);
    const name = reason ?? String(status);
    this.reasons[name] = (this.reasons[name] ?? 0) + 1;
  }

  get errors(): number {
    return this.asked === 0 ? 0 : this.failed / this.asked;
  }

  /** Tries beyond one for each request, as a share of the requests. */
  get growth(): number {
    return this.asked === 0 ? 0 : this.tries / this.asked - 1;
  }
}
