import type { SeriesDelta, SeriesLabels } from '../../snapshot/telemetry.ts';
import { DURATION_BUCKETS, SERIES_LIMIT } from '../../snapshot/telemetry.ts';

/** What one series has gathered since the store started. */
export interface Series {
  readonly labels: SeriesLabels;
  requests: number;
  retries: number;
  shadowFlips: number;
  /** Seconds. */
  durationSum: number;
  readonly durationBuckets: number[];
}

const OVERFLOW = 'overflow';

/** Counters by series, bounded: what comes after the limit is counted in one overflow series per reporter. */
export class Totals {
  readonly #series = new Map<string, Series>();
  readonly #limit: number;

  constructor(limit: number = SERIES_LIMIT) {
    this.#limit = limit;
  }

  add(delta: SeriesDelta): void {
    const series = this.#seriesOf(delta.labels);
    series.requests += delta.requests;
    series.retries += delta.retries;
    series.shadowFlips += delta.shadowFlips ?? 0;
    series.durationSum += delta.durationSum;
    delta.durationBuckets.forEach((count, bucket) => {
      series.durationBuckets[bucket] = (series.durationBuckets[bucket] ?? 0) + count;
    });
  }

  all(): IterableIterator<Series> {
    return this.#series.values();
  }

  #seriesOf(labels: SeriesLabels): Series {
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    const known = this.#series.get(key);
    if (known) return known;
    if (this.#series.size >= this.#limit && labels.destination !== OVERFLOW) return this.#seriesOf(overflowOf(labels));
    const made: Series = {
      labels,
      requests: 0,
      retries: 0,
      shadowFlips: 0,
      durationSum: 0,
      durationBuckets: new Array<number>(DURATION_BUCKETS.length + 1).fill(0),
    };
    this.#series.set(key, made);
    return made;
  }
}

const overflowOf = ({ reporter }: SeriesLabels): SeriesLabels => ({
  reporter,
  source: OVERFLOW,
  destination: OVERFLOW,
  backend: OVERFLOW,
  route: OVERFLOW,
  method: OVERFLOW,
  code: '0',
  reason: OVERFLOW,
});
