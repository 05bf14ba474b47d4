import { LimitCounts } from '../../snapshot/limit-counts.ts';
import type { EdgeStats, SeriesLabels, TelemetryReport } from '../../snapshot/telemetry.ts';
import { DURATION_BUCKETS } from '../../snapshot/telemetry.ts';
import type { Labels } from './exposition.ts';
import { Exposition } from './exposition.ts';
import { istioLabels } from './istio-labels.ts';
import type { Series } from './totals.ts';
import { Totals } from './totals.ts';
import { TrafficWindow } from './window.ts';

/** What `/metrics` says about the store itself. */
export interface StoreGauges {
  readonly revision: number;
  readonly generation: number;
  readonly routers: readonly { readonly role: string; readonly synced: boolean }[];
  /** Mesh domain, for Istio's `destination_service`. */
  readonly domain: string;
}

const MAX_ROUTERS = 10_000;

/**
 * The telemetry that routers push to this process, in its memory: counters since it started and a window of five
 * minutes. With several stores on one database each knows of the routers that push to it.
 */
export class Rollups {
  readonly #totals = new Totals();
  readonly #limits = new LimitCounts();
  readonly #window = new TrafficWindow();
  readonly #sequences = new Map<string, number>();
  readonly #reports = { accepted: 0, repeated: 0 };

  /** @param now milliseconds since the epoch @returns false for a report that was taken before */
  take(report: TelemetryReport, now: number): boolean {
    // Only the last report can come twice (its answer was lost); a router that restarted counts from the start again.
    if (this.#sequences.get(report.router) === report.sequence) {
      this.#reports.repeated += 1;
      return false;
    }
    if (this.#sequences.size >= MAX_ROUTERS) this.#sequences.clear();
    this.#sequences.set(report.router, report.sequence);
    this.#reports.accepted += 1;
    for (const delta of report.series) {
      this.#totals.add(delta);
      this.#window.add(delta, now);
    }
    for (const delta of report.limits ?? []) this.#limits.add(delta);
    return true;
  }

  /** Milliseconds. */
  stats(window: number, now: number): EdgeStats[] {
    return this.#window.stats(window, now);
  }

  /** Prometheus text 0.0.4. */
  metrics(gauges: StoreGauges): string {
    const out = new Exposition();
    this.#storeFamilies(out, gauges);
    this.#requestFamilies(out);
    this.#istioFamilies(out, gauges.domain);
    return out.toString();
  }

  #storeFamilies(out: Exposition, gauges: StoreGauges): void {
    out.family('gossamer_store_revision', 'gauge', 'Revision of the documents in force.');
    out.sample('gossamer_store_revision', {}, gauges.revision);
    out.family('gossamer_store_generation', 'gauge', 'Newest generation of the snapshot.');
    out.sample('gossamer_store_generation', {}, gauges.generation);
    out.family(
      'gossamer_routers',
      'gauge',
      'Routers that asked within 30 s, by role and whether they hold the newest generation.',
    );
    for (const role of ['router', 'gateway']) {
      for (const synced of [true, false]) {
        const found = gauges.routers.filter((router) => router.role === role && router.synced === synced);
        out.sample('gossamer_routers', { role, synced: String(synced) }, found.length);
      }
    }
    out.family('gossamer_telemetry_reports_total', 'counter', 'Reports pushed by routers.');
    for (const [outcome, count] of Object.entries(this.#reports)) {
      out.sample('gossamer_telemetry_reports_total', { outcome }, count);
    }
  }

  #requestFamilies(out: Exposition): void {
    out.family('gossamer_retries_total', 'counter', 'Tries beyond the first.');
    for (const { labels, retries } of this.#totals.all()) {
      if (retries > 0) out.sample('gossamer_retries_total', { ...labels }, retries);
    }
    const flips = 'gossamer_shadow_flips_total';
    out.family(flips, 'counter', 'Requests that policies in shadow would have decided otherwise.');
    for (const { labels, shadowFlips } of this.#totals.all()) {
      if (shadowFlips > 0) out.sample(flips, { ...labels }, shadowFlips);
    }
    const limited = 'gossamer_rate_limited_total';
    out.family(limited, 'counter', 'Requests that a rate limit had no room for, by what became of them.');
    for (const { limit, outcome, requests } of this.#limits.all()) out.sample(limited, { limit, outcome }, requests);
    const name = 'http_server_request_duration_seconds';
    out.family(name, 'histogram', 'Duration of requests as the mesh served them.');
    for (const { labels, durationBuckets, durationSum } of this.#totals.all()) {
      const attributes = {
        http_request_method: labels.method,
        http_response_status_code: labels.code,
        http_route: labels.route,
        mesh_reporter: labels.reporter,
        mesh_source_principal: labels.source,
        mesh_destination: labels.destination,
        mesh_backend: labels.backend,
        mesh_reason: labels.reason,
      };
      out.histogram(name, attributes, DURATION_BUCKETS, durationBuckets, durationSum);
    }
  }

  #istioFamilies(out: Exposition, domain: string): void {
    const sums = sumsByLabels(this.#totals.all(), (labels) => istioLabels(labels, domain));
    out.family('istio_requests_total', 'counter', 'Requests, in the labels of Istio.');
    for (const { labels, requests } of sums) out.sample('istio_requests_total', labels, requests);
    const name = 'istio_request_duration_milliseconds';
    out.family(name, 'histogram', 'Duration of requests, in the labels of Istio.');
    for (const { labels, durationBuckets, durationSum } of sums) {
      out.histogram(name, labels, DURATION_BUCKETS, durationBuckets, durationSum, 1000);
    }
  }
}

interface Sum {
  readonly labels: Labels;
  requests: number;
  durationSum: number;
  durationBuckets: number[];
}

/** Several of our series may share one set of labels of another vocabulary; a sample must not come twice. */
function sumsByLabels(all: Iterable<Series>, labelsOf: (labels: SeriesLabels) => Labels): Sum[] {
  const sums = new Map<string, Sum>();
  for (const series of all) {
    const labels = labelsOf(series.labels);
    const key = JSON.stringify(labels);
    const sum = sums.get(key);
    if (sum) {
      sum.requests += series.requests;
      sum.durationSum += series.durationSum;
      sum.durationBuckets = sum.durationBuckets.map((count, bucket) => count + (series.durationBuckets[bucket] ?? 0));
    } else {
      const { requests, durationSum, durationBuckets } = series;
      sums.set(key, { labels, requests, durationSum, durationBuckets: [...durationBuckets] });
    }
  }
  return [...sums.values()];
}
