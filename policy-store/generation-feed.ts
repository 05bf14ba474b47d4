/** Wakes long polls when there is a new generation, whoever made it. */
export class GenerationFeed {
  readonly #read: () => Promise<number>;
  readonly #waiting = new Set<() => void>();
  #newest = 0;
  #closed = false;
  #poll: ReturnType<typeof setInterval> | undefined;
  readonly #pollEvery: number | undefined;

  /**
   * @param read the newest generation in the database
   * @param pollEvery milliseconds between two looks at it while somebody waits; undefined when nobody else writes to it
   */
  constructor(read: () => Promise<number>, pollEvery: number | undefined) {
    this.#read = read;
    this.#pollEvery = pollEvery;
  }

  get newest(): number {
    return this.#newest;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Takes note of a generation that is committed. */
  learn(generation: number): void {
    if (generation <= this.#newest) return;
    this.#newest = generation;
    this.wake();
  }

  /** Asks the database. Never throws: the next poll asks again. */
  async look(): Promise<void> {
    try {
      this.learn(await this.#read());
    } catch {
      // The request that waits will meet the same fault and report it.
    }
  }

  /** Lets everybody who waits look again. */
  wake(): void {
    for (const resume of this.#waiting) resume();
  }

  /** Resolves at the next wake, after `ms`, when `signal` aborts or the feed closes; at once when it is closed. */
  nextWake(ms: number, signal?: AbortSignal): Promise<void> {
    if (this.#closed || signal?.aborted || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const resume = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', resume);
        this.#waiting.delete(resume);
        if (this.#waiting.size === 0) this.#stopPolling();
        resolve();
      };
      const timer = setTimeout(resume, ms);
      signal?.addEventListener('abort', resume, { once: true });
      this.#waiting.add(resume);
      this.#startPolling();
    });
  }

  close(): void {
    this.#closed = true;
    this.wake();
  }

  #startPolling(): void {
    if (this.#pollEvery !== undefined) this.#poll ??= setInterval(() => this.look(), this.#pollEvery);
  }

  #stopPolling(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
  }
}
