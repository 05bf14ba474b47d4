import type { TraceContext } from './record.ts';

/** The caller's half of a trace context. */
export interface ParentContext {
  readonly traceId: string;
  readonly parentId: string;
  /** Two hexadecimal digits, only flags that are known. */
  readonly flags: string;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;
/** `sampled` (level 1) and `random-trace-id` (level 2): other bits have no meaning yet and are sent on as 0. */
const KNOWN_FLAGS = 0x03;

/**
 * A `traceparent` by W3C Trace Context level 1: a newer version may say more behind these four fields, version 00 may
 * not, ff is none.
 * @returns undefined when it is invalid: a new trace begins
 */
export function parseTraceparent(value: string): ParentContext | undefined {
  const parts = TRACEPARENT.exec(value);
  if (parts === null) return undefined;
  const [, version, traceId, parentId, flags, more] = parts as unknown as [
    string,
    string,
    string,
    string,
    string,
    string?,
  ];
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (ZEROS.test(traceId) || ZEROS.test(parentId)) return undefined;
  return { traceId, parentId, flags: (Number.parseInt(flags, 16) & KNOWN_FLAGS).toString(16).padStart(2, '0') };
}

/** @param spanId the span that sends */
export function formatTraceparent(trace: TraceContext, spanId: string): string {
  return `00-${trace.traceId}-${spanId}-${trace.flags}`;
}
