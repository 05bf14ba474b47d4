import {
  DecisionLog,
  type Log,
  MetricsAggregator,
  type RequestRecord,
  type TelemetrySink,
} from '../../router/index.ts';
import type { TelemetryReport } from '../../snapshot/telemetry.ts';
import type { SpanExporter } from './span-exporter.ts';

export interface RecorderOptions {
  /** Must differ between two lives of a router: the receiver drops sequence numbers that it has seen. */
  readonly routerId: string;
  /** Hands a report to the policy store. Rejects when it was not taken. */
  readonly push: (report: TelemetryReport) => Promise<void>;
  readonly spans?: SpanExporter | undefined;
  readonly access: (record: RequestRecord) => void;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A push that has not ended by then never will: on Workers it died with the request that it ran in. */
const PUSH_TIME = 10_000;

/** Reports that wait for a policy store that is away; older ones are given up. */
const MAX_WAITING = 30;

/** Where every request's record goes: access line, metrics and decisions to the policy store, spans to a collector. */
export class Recorder implements TelemetrySink {
  readonly #options: RecorderOptions;
  readonly #metrics = new MetricsAggregator();
  readonly #decisions = new DecisionLog();
  readonly #flushes = new Set<Promise<void>>();
  #waiting: TelemetryReport[] = [];
  #pushingSince = Number.NEGATIVE_INFINITY;
  #failing = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  record(record: RequestRecord): void {
    this.#metrics.record(record);
    this.#decisions.add(record);
    this.#options.spans?.record(record);
    this.#options.access(record);
  }

  /** Sends what was gathered since the last time. Never rejects. */
  flush(): Promise<void> {
    const flush = this.#flush().finally(() => this.#flushes.delete(flush));
    this.#flushes.add(flush);
    return flush;
  }

  /** Of a program that ends: as `flush`, and what is being sent already has been sent. */
  async close(): Promise<void> {
    void this.flush();
    await Promise.all(this.#flushes);
  }

  async #flush(): Promise<void> {
    const report = this.#metrics.drain(this.#options.routerId);
    if (report !== undefined) {
      const decisions = this.#decisions.drain();
      this.#waiting = [...this.#waiting, { ...report, decisions }].slice(-MAX_WAITING);
    }
    await Promise.all([this.#push(), this.#options.spans?.flush()]);
  }

  /** In order, one at a time: a report that fails stays first, under its own number. */
  async #push(): Promise<void> {
    const since = this.#options.now();
    if (since - this.#pushingSince < PUSH_TIME) return;
    this.#pushingSince = since;
    try {
      for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
        await this.#options.push(next);
        this.#waiting = this.#waiting.filter((report) => report !== next);
      }
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#options.log('warn', 'telemetry could not be handed over', { error: String(error) });
      this.#failing = true;
    } finally {
      if (this.#pushingSince === since) this.#pushingSince = Number.NEGATIVE_INFINITY;
    }
  }
}
