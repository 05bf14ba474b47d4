import type { Background, Clock } from './ports.ts';

/** Pieces of work at the same time, for all requests of a router. */
const LIMIT = 64;

/**
 * Work that nobody waits for, such as copies to mirrors: bounded in number, so that a slow mirror costs some memory and
 * never the traffic.
 */
export class BackgroundWork {
  readonly #clock: Clock;
  readonly #keep: Background;
  readonly #limit: number;
  /** When each piece that runs has ended at the latest, milliseconds since the epoch. */
  readonly #running = new Set<{ readonly until: number }>();

  constructor(clock: Clock, keep: Background = () => {}, limit: number = LIMIT) {
    this.#clock = clock;
    this.#keep = keep;
    this.#limit = limit;
  }

  /**
   * @param longest milliseconds that the work may take by its own bounds
   * @returns false when there is too much at work already: it is not started then
   */
  tryRun(start: () => Promise<unknown>, longest: number): boolean {
    const now = this.#clock.now();
    if (this.#running.size >= this.#limit) this.#forgetLost(now);
    if (this.#running.size >= this.#limit) return false;
    const piece = { until: now + longest };
    const done = (): void => {
      this.#running.delete(piece);
    };
    this.#running.add(piece);
    this.#keep(start().then(done, done));
    return true;
  }

  /** Where a runtime ends a request it ends its promises too, without a word: they never settle. */
  #forgetLost(now: number): void {
    for (const piece of this.#running) if (piece.until < now) this.#running.delete(piece);
  }
}
