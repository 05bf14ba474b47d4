import { LimitCounts } from '../../snapshot/limit-counts.ts';
import {
  DURATION_BUCKETS,
  SERIES_LIMIT,
  type SeriesDelta,
  type SeriesLabels,
  type TelemetryReport,
} from '../../snapshot/telemetry.ts';
import { methodLabel } from './method-label.ts';
import type { RequestRecord } from './record.ts';

interface Series {
  readonly labels: SeriesLabels;
  requests: number;
  retries: number;
  shadowFlips: number;
  durationSum: number;
  readonly durationBuckets: number[];
}

/**
 * Adds requests up between two reports. Labels come from the mesh's own documents, so their number is bounded; should
 * there be more than the limit all the same, the rest falls into one series whose destination is `overflow`.
 */
export class MetricsAggregator {
  readonly #limit: number;
  /** By route (or service), then by caller: both are the same strings each time, whose hashes are known. */
  #edges = new Map<string, Map<string, Series[]>>();
  #count = 0;
  readonly #limits = new LimitCounts();
  #sequence = 0;

  constructor(limit: number = SERIES_LIMIT) {
    this.#limit = limit;
  }

  record(record: RequestRecord): void {
    const series = this.#seriesOf(labelsOf(record));
    const seconds = record.duration / 1000;
    const at = bucketOf(seconds);
    series.requests++;
    series.retries += Math.max(0, record.attempts.length - 1);
    if (record.shadow?.flips) series.shadowFlips++;
    for (const verdict of record.limits ?? []) this.#limits.add({ ...verdict, requests: 1 });
    series.durationSum += seconds;
    series.durationBuckets[at] = (series.durationBuckets[at] ?? 0) + 1;
  }

  /**
   * Everything since the last call. What was taken is gone from here: a report that can not be sent has to be kept by
   * whoever took it, and sent again under its own sequence number.
   * @returns undefined when nothing happened
   */
  drain(router: string): TelemetryReport | undefined {
    if (this.#count === 0) return undefined;
    const series: SeriesDelta[] = [...this.#edges.values()].flatMap((callers) => [...callers.values()].flat());
    this.#edges = new Map();
    this.#count = 0;
    const limits = this.#limits.drain();
    return { router, sequence: ++this.#sequence, series, ...(limits.length > 0 && { limits }) };
  }

  #seriesOf(labels: SeriesLabels): Series {
    const whereTo = labels.route === NO_ROUTE ? labels.destination : labels.route;
    const callers = this.#edges.get(whereTo);
    const beside = callers?.get(labels.source);
    const found = beside?.find((one) => isSame(one.labels, labels));
    if (found !== undefined) return found;
    // One place is kept for what falls over the limit.
    if (this.#count >= this.#limit - 1 && labels.destination !== OVERFLOW.destination) {
      return this.#seriesOf(OVERFLOW);
    }
    const durationBuckets = new Array<number>(DURATION_BUCKETS.length + 1).fill(0);
    const series = { labels, requests: 0, retries: 0, shadowFlips: 0, durationSum: 0, durationBuckets };
    this.#count++;
    if (beside !== undefined) beside.push(series);
    else this.#edges.set(whereTo, (callers ?? new Map()).set(labels.source, [series]));
    return series;
  }
}

const NO_ROUTE = 'none';

const OVERFLOW: SeriesLabels = {
  reporter: 'router',
  source: 'unknown',
  destination: 'overflow',
  backend: 'none',
  route: NO_ROUTE,
  method: '_OTHER',
  code: '0',
  reason: 'none',
};

const labelsOf = (record: RequestRecord): SeriesLabels => ({
  reporter: record.reporter,
  source: record.source ?? 'unknown',
  destination: record.destination ?? 'unknown',
  backend: record.backend ?? 'none',
  route: record.route ?? NO_ROUTE,
  method: methodLabel(record.method),
  code: String(record.status),
  reason: record.reason ?? 'none',
});

/** Of two by the same caller. */
const isSame = (a: SeriesLabels, b: SeriesLabels): boolean =>
  a.destination === b.destination &&
  a.route === b.route &&
  a.backend === b.backend &&
  a.method === b.method &&
  a.code === b.code &&
  a.reason === b.reason &&
  a.reporter === b.reporter;

/** The first bucket whose upper bound is not exceeded; one more for what is longer than all. */
function bucketOf(seconds: number): number {
  let at = 0;
  while (at < DURATION_BUCKETS.length && seconds > (DURATION_BUCKETS[at] as number)) at++;
  return at;
}
