import { InFlight, type UnderWay } from '../../router/in-flight.ts';
import type { Clock } from '../../router/ports.ts';

/** Waits that are shorter have timers of their own, milliseconds. */
const SHORT = 250;
/** Longer ones end together with others that end so soon, milliseconds. */
const GRAIN = 16;

interface Wait extends UnderWay {
  place: number | undefined;
  readonly run: () => void;
}

/**
 * A clock whose long waits share timers: they end up to 16 ms late. Nearly every one is taken back, and on Deno to make
 * a timer and take it back costs more than to choose a route.
 */
export class SharedWaits implements Clock {
  readonly #clock: Clock;
  /** By the moment of their end in grains. */
  readonly #ends = new Map<number, InFlight<Wait>>();
  #newest: { readonly end: number; readonly waits: InFlight<Wait> } = { end: Number.NaN, waits: new InFlight() };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  after(ms: number, run: () => void): () => void {
    if (ms < SHORT) return this.#clock.after(ms, run);
    const now = this.#clock.monotonic();
    const end = Math.ceil((now + ms) / GRAIN);
    const waits = this.#newest.end === end ? this.#newest.waits : this.#endingAt(end, now);
    const wait: Wait = { place: undefined, run };
    waits.add(wait);
    return () => waits.delete(wait);
  }

  #endingAt(end: number, now: number): InFlight<Wait> {
    let waits = this.#ends.get(end);
    if (waits === undefined) {
      waits = new InFlight();
      this.#ends.set(end, waits);
      this.#clock.after(end * GRAIN - now, () => this.#over(end));
    }
    this.#newest = { end, waits };
    return waits;
  }

  #over(end: number): void {
    const waits = this.#ends.get(end);
    this.#ends.delete(end);
    if (this.#newest.end === end) this.#newest = { end: Number.NaN, waits: new InFlight() };
    for (const wait of waits?.list() ?? []) {
      // One that ran before may have taken it back.
      if (wait.place === undefined) continue;
      waits?.delete(wait);
      wait.run();
    }
  }
}
