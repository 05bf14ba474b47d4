import type { Endpoint } from '../../snapshot/chunk.ts';
import { type BreakerState, CLOSED, type SuccessRate } from './breaker.ts';
import { NO_OUTLIER, type OutlierState } from './outlier.ts';
import { FIRST_GUESS, type Latency, latencyAt } from './peak-ewma.ts';

/** Milliseconds. */
const TURN = 60_000;

/** What this router has seen of one endpoint. Times are those of the monotonic clock, milliseconds. */
export class EndpointHealth {
  endpoint: Endpoint;
  breaker: BreakerState = CLOSED;
  outlier: OutlierState = NO_OUTLIER;
  latency: Latency;
  /** Made where a policy asks for it. */
  rate: SuccessRate | undefined;
  /** When it came, or came back: what slow start counts from. */
  since: number;
  #turn = 0;
  #young = 0;
  #old = 0;

  constructor(endpoint: Endpoint, now: number, since: number) {
    this.endpoint = endpoint;
    this.latency = { value: FIRST_GUESS, at: now };
    this.since = since;
  }

  /** What one more request would have to wait for, by what is known. */
  cost(now: number): number {
    return latencyAt(this.latency, now) * (this.pending(now) + 1);
  }

  /**
   * Tries that have begun and not ended. Where a runtime ends a request without a word (Workers), its try never ends:
   * so none is counted for longer than two turns.
   */
  pending(now: number): number {
    this.#turnTo(now);
    return this.#young + this.#old;
  }

  begun(now: number): void {
    this.#turnTo(now);
    this.#young++;
  }

  /** @param startedAt what `begun` was told */
  ended(startedAt: number, now: number): void {
    this.#turnTo(now);
    const turn = Math.floor(startedAt / TURN);
    if (turn === this.#turn) this.#young--;
    else if (turn === this.#turn - 1) this.#old--;
  }

  #turnTo(now: number): void {
    const turn = Math.floor(now / TURN);
    if (turn <= this.#turn) return;
    this.#old = turn === this.#turn + 1 ? this.#young : 0;
    this.#young = 0;
    this.#turn = turn;
  }
}
