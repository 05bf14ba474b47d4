import { AsyncLocalStorage } from 'node:async_hooks';
import { isSpanContextValid, trace } from '@opentelemetry/api';
import type { Caller } from './caller.ts';

/** What one request hands on to the calls that are made because of it. */
export interface CallContext {
  /** W3C trace context. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** W3C baggage. */
  readonly baggage?: string;
  /** `X-Request-Id`. */
  readonly requestId?: string;
  /** Milliseconds since the epoch: no call made from here is worth anything later. */
  readonly deadline?: number;
  /** `Mesh-Attempt` above 1: the request is a retry already, so no router below tries again for it. */
  readonly attempt?: number;
  /** The end user's `Authorization`. */
  readonly authorization?: string;
  /** Who made the call that this is the context of. */
  readonly caller?: Caller;
  /** The Mesh-Call that it came with: proof, for as long as it lives, of who stands behind calls made from here. */
  readonly parentCall?: ParentCall;
}

/** A Mesh-Call that was verified. */
export interface ParentCall {
  readonly text: string;
  /** SPIFFE ID that was called: only it may hand the Mesh-Call on. */
  readonly audience: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Where headers can be read from: `Headers`, or anything with its `get`. */
export interface HeaderSource {
  get(name: string): string | null;
}

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;
const DEADLINE = /^\d{1,15}$/;
const ATTEMPT = /^\d{1,3}$/;
const MAX_VALUE = 8192;

const storage = new AsyncLocalStorage<CallContext>();

/** Everything that `run` starts, however late, makes its calls in this context. */
export function runInContext<Result>(context: CallContext, run: () => Result): Result {
  return storage.run(context, run);
}

export const currentContext = (): CallContext => storage.getStore() ?? {};

/**
 * The context that a request brought. Malformed parts are left out.
 * @param options.authorization hand the end user's token on as well
 */
export function contextOf(headers: HeaderSource, options: { readonly authorization?: boolean } = {}): CallContext {
  const read = (name: string, form?: RegExp): string | undefined => {
    const value = headers.get(name);
    if (value === null || value === '' || value.length > MAX_VALUE || (form && !form.test(value))) return undefined;
    return value;
  };
  const traceparent = read('traceparent', TRACEPARENT);
  const tracestate = traceparent && read('tracestate');
  const baggage = read('baggage');
  const requestId = read('x-request-id');
  const deadline = read('mesh-deadline', DEADLINE);
  const attempt = Number(read('mesh-attempt', ATTEMPT) ?? 1);
  const authorization = options.authorization ? read('authorization') : undefined;
  return {
    ...(traceparent && { traceparent }),
    ...(tracestate && { tracestate }),
    ...(baggage && { baggage }),
    ...(requestId && { requestId }),
    ...(deadline && { deadline: Number(deadline) }),
    ...(attempt > 1 && { attempt }),
    ...(authorization && { authorization }),
  };
}

/** Writes the context into a call's headers. What the caller set itself stays. */
export function writeContext(headers: Headers, context: CallContext): void {
  const put = (name: string, value: string | undefined): void => {
    if (value !== undefined && !headers.has(name)) headers.set(name, value);
  };
  if (!headers.has('traceparent')) {
    const active = activeTrace();
    put('traceparent', active?.traceparent ?? context.traceparent);
    put('tracestate', active ? active.tracestate : context.tracestate);
  }
  put('baggage', context.baggage);
  put('x-request-id', context.requestId);
  put('authorization', context.authorization);
}

/** The active span of whatever OpenTelemetry SDK the app has registered: it knows the trace better than we do. */
function activeTrace(): { readonly traceparent: string; readonly tracestate: string | undefined } | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  const flags = span.traceFlags.toString(16).padStart(2, '0');
  return {
    traceparent: `00-${span.traceId}-${span.spanId}-${flags}`,
    tracestate: span.traceState?.serialize() || undefined,
  };
}
