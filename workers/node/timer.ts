/** One wait that somebody may not be interested in any more. */
export class Timer {
  readonly over: Promise<void>;
  readonly #timer: NodeJS.Timeout;

  /** @param ms milliseconds */
  constructor(ms: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    this.#timer = setTimeout(resolve, ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
