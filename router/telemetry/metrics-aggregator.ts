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
  #series = new Map<string, Series>();
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
    if (this.#series.size === 0) return undefined;
    const series: SeriesDelta[] = [...this.#series.values()];
    this.#series = new Map();
    const limits = this.#limits.drain();
    return { router, sequence: ++this.#sequence, series, ...(limits.length > 0 && { limits }) };
  }

  #seriesOf(labels: SeriesLabels): Series {
    const key = keyOf(labels);
    const found = this.#series.get(key);
    if (found !== undefined) return found;
    // One place is kept for what falls over the limit.
    if (this.#series.size >= this.#limit - 1 && labels.destination !== OVERFLOW.destination) {
      return this.#seriesOf(OVERFLOW);
    }
    const durationBuckets = new Array<number>(DURATION_BUCKETS.length + 1).fill(0);
    const series = { labels, requests: 0, retries: 0, shadowFlips: 0, durationSum: 0, durationBuckets };
    this.#series.set(key, series);
    return series;
  }
}

const OVERFLOW: SeriesLabels = {
  reporter: 'router',
  source: 'unknown',
  destination: 'overflow',
  backend: 'none',
  route: 'none',
  method: '_OTHER',
  code: '0',
  reason: 'none',
};

const labelsOf = (record: RequestRecord): SeriesLabels => ({
  reporter: record.reporter,
  source: record.source ?? 'unknown',
  destination: record.destination ?? 'unknown',
  backend: record.backend ?? 'none',
  route: record.route ?? 'none',
  method: methodLabel(record.method),
  code: String(record.status),
  reason: record.reason ?? 'none',
});

/** No label can hold a space: identities, names and codes have none. */
const keyOf = (l: SeriesLabels): string =>
  `${l.reporter} ${l.source} ${l.destination} ${l.backend} ${l.route} ${l.method} ${l.code} ${l.reason}`;

/** The first bucket whose upper bound is not exceeded; one more for what is longer than all. */
function bucketOf(seconds: number): number {
  let at = 0;
  while (at < DURATION_BUCKETS.length && seconds > (DURATION_BUCKETS[at] as number)) at++;
  return at;
}
