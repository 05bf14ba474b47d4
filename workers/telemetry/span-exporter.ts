import { encodeSpans, type Log, type RequestRecord } from '../../router/index.ts';

export interface SpanExporterOptions {
  /** `OTEL_EXPORTER_OTLP_ENDPOINT`: base URL; spans go to its `/v1/traces`. */
  readonly endpoint: string;
  /** `OTEL_EXPORTER_OTLP_HEADERS`: `name=value,...`, percent-encoded values. */
  readonly headers?: string | undefined;
  readonly serviceName: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly log: Log;
}

/** Records that wait for the next flush; what comes beyond is dropped and counted. */
const MAX_WAITING = 4_096;
const MAX_BATCH = 512;
const ANSWER_TIME = 5_000;

/** Sends spans as OTLP/JSON. A collector that is away costs spans, never memory or requests. */
export class SpanExporter {
  readonly #options: SpanExporterOptions;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  #waiting: RequestRecord[] = [];
  #dropped = 0;

  constructor(options: SpanExporterOptions) {
    this.#options = options;
    this.#url = `${options.endpoint.replace(/\/+$/, '')}/v1/traces`;
    this.#headers = { ...headersOf(options.headers ?? ''), 'content-type': 'application/json' };
  }

  /** Keeps what the trace's own flags say is sampled. */
  record(record: RequestRecord): void {
    if (record.trace === undefined || (Number.parseInt(record.trace.flags, 16) & 1) === 0) return;
    if (this.#waiting.length >= MAX_WAITING) this.#dropped++;
    else this.#waiting.push(record);
  }

  /** Sends all that waits. Never rejects. */
  async flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < waiting.length; at += MAX_BATCH) {
      const batch = waiting.slice(at, at + MAX_BATCH);
      try {
        await this.#send(batch);
      } catch (error) {
        this.#dropped += waiting.length - at;
        this.#options.log('warn', 'spans could not be exported', { error: String(error), dropped: this.#dropped });
        return;
      }
    }
  }

  async #send(batch: readonly RequestRecord[]): Promise<void> {
    const answer = await this.#options.fetch(this.#url, {
      method: 'POST',
      headers: this.#headers,
      body: encodeSpans(batch, { serviceName: this.#options.serviceName }),
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_TIME),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`the collector answered ${answer.status}`);
  }
}

function headersOf(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    if (at > 0) headers[pair.slice(0, at).trim().toLowerCase()] = decodeURIComponent(pair.slice(at + 1).trim());
  }
  return headers;
}
