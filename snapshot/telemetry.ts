import type { DecisionRecord, LimitOutcome } from './decision.ts';

/** Labels of one series. Every one is bounded by the mesh's own documents: no path, no host from outside. */
export interface SeriesLabels {
  readonly reporter: 'router' | 'gateway';
  /** SPIFFE ID of the caller, or `unknown`. */
  readonly source: string;
  /** `namespace/name` of the service, or `unknown`. */
  readonly destination: string;
  /** `namespace/name` of the backend that was called, or `none`. */
  readonly backend: string;
  /** `HTTPRoute/namespace/name/rule`, or `none`. */
  readonly route: string;
  readonly method: string;
  /** Response code as text. */
  readonly code: string;
  /** Stable reason of a local reply, or `none`. */
  readonly reason: string;
}

/** What one series gained since the last report. */
export interface SeriesDelta {
  readonly labels: SeriesLabels;
  readonly requests: number;
  /** Tries beyond the first. */
  readonly retries: number;
  /** Requests that policies in shadow would have decided otherwise; absent in reports of older routers. */
  readonly shadowFlips?: number;
  /** Seconds. */
  readonly durationSum: number;
  /** Counts by `DURATION_BUCKETS`, not cumulative, one more at the end for what is longer. */
  readonly durationBuckets: readonly number[];
}

/** How often one rate limit had no room since the last report. */
export interface LimitDelta {
  /** Where it was written and its name: `shop/orders/each-caller`, `HTTPRoute/shop/orders/0/each-caller`. */
  readonly limit: string;
  readonly outcome: LimitOutcome;
  readonly requests: number;
}

/** Routers push these: isolates can not be scraped. `sequence` lets the receiver drop a repeated report. */
export interface TelemetryReport {
  readonly router: string;
  readonly sequence: number;
  readonly series: readonly SeriesDelta[];
  /** Absent where every limit had room. */
  readonly limits?: readonly LimitDelta[];
  /** Refusals first, then a sample of what was let through; absent in reports of older routers. */
  readonly decisions?: readonly DecisionRecord[];
}

/** Upper bounds in seconds (OpenTelemetry semantic conventions, http.server.request.duration). */
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const;

/** Series over this number fall into one overflow series (`destination: overflow`). */
export const SERIES_LIMIT = 4000;

/** Rate limits over this number are counted together as `overflow`. */
export const LIMIT_SERIES_LIMIT = 1000;

/** Traffic of one edge over a window, for people: `GET /v1/stats`. */
export interface EdgeStats {
  readonly source: string;
  readonly destination: string;
  readonly requests: number;
  /** Share of answers under 500 that the mesh did not refuse, 0..1. */
  readonly success: number;
  readonly rps: number;
  /** Milliseconds, interpolated in the buckets. */
  readonly p50: number;
  readonly p99: number;
  /** Requests by backend service, for the weight split. */
  readonly backends: Readonly<Record<string, number>>;
  /** Refusals by reason. */
  readonly reasons: Readonly<Record<string, number>>;
}

export interface StatsAnswer {
  readonly windowSeconds: number;
  readonly revision: number;
  readonly edges: readonly EdgeStats[];
}
