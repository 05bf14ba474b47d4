import type { Endpoint } from '../../snapshot/chunk.ts';
import { type BreakerState, CLOSED, type SuccessRate } from './breaker.ts';
import { NO_OUTLIER, type OutlierState } from './outlier.ts';
import { FIRST_GUESS, type Latency, latencyAt } from './peak-ewma.ts';

/** What this router has seen of one endpoint. Times are those of the monotonic clock, milliseconds. */
export class EndpointHealth {
  endpoint: Endpoint;
  breaker: BreakerState = CLOSED;
  outlier: OutlierState = NO_OUTLIER;
  latency: Latency;
  /** Made where a policy asks for it. */
  rate: SuccessRate | undefined;
  /** Tries that have begun and not ended. */
  pending = 0;
  /** When it came, or came back: what slow start counts from. */
  since: number;

  constructor(endpoint: Endpoint, now: number, since: number) {
    this.endpoint = endpoint;
    this.latency = { value: FIRST_GUESS, at: now };
    this.since = since;
  }

  /** What one more request would have to wait for, by what is known. */
  cost(now: number): number {
    return latencyAt(this.latency, now) * (this.pending + 1);
  }
}
