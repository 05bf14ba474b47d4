import { grpcTimeout } from '../grpc.ts';
import type { HeaderList } from '../headers.ts';
import { parseRequestTimeout, requestTimeout } from '../resilience/request-timeout.ts';
import type { TraceContext } from '../telemetry/record.ts';
import { formatTraceparent } from '../telemetry/traceparent.ts';

/** What one try says of itself. */
export interface TryWords {
  readonly trace: TraceContext;
  readonly spanId: string;
  /** Number of the try as the service sees it. */
  readonly attempt: number;
  /** Milliseconds since the epoch; undefined: nothing ends it. */
  readonly endsAt: number | undefined;
  readonly now: number;
}

/** A list of its own for every try after the first: a transport may still hold the one before. */
export function headersOf(list: HeaderList, first: boolean, words: TryWords): HeaderList {
  const { trace, spanId, attempt, endsAt, now } = words;
  const headers = first ? list : list.copy();
  headers.set('traceparent', formatTraceparent(trace, spanId));
  if (trace.state === undefined) headers.delete('tracestate');
  else headers.set('tracestate', trace.state);
  if (endsAt !== undefined) tellDeadline(headers, endsAt, now);
  if (attempt > 1) headers.set('mesh-attempt', String(attempt));
  return headers;
}

/** Upstreams that know only the caller's word for it must not work longer than those that know ours. */
function tellDeadline(headers: HeaderList, endsAt: number, now: number): void {
  headers.set('mesh-deadline', String(Math.floor(endsAt)));
  if (parseRequestTimeout(headers.get('request-timeout') ?? '') !== undefined) {
    headers.set('request-timeout', requestTimeout(endsAt - now));
  }
  if (headers.has('grpc-timeout')) headers.set('grpc-timeout', grpcTimeout(endsAt - now));
}
