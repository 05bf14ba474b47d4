import type { StageResult } from '../exchange.ts';
import type { Arrival, Screened, Traced } from '../facts.ts';
import { randomHex } from '../telemetry/ids.ts';
import type { TraceContext } from '../telemetry/record.ts';
import { type ParentContext, parseTraceparent } from '../telemetry/traceparent.ts';
import { readTracestate } from '../telemetry/tracestate.ts';

const SAMPLED = '01';
/** What may be sent on as x-request-id: it goes into other people's logs. */
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** Continues the caller's trace or begins one, and makes sure that the request has an id that logs can be joined by. */
export function joinTrace(facts: Arrival & Screened): StageResult<Traced> {
  const { headers, decisionId } = facts;
  const requestId = headers.count('x-request-id') === 1 ? headers.get('x-request-id') : undefined;
  if (requestId === undefined || !REQUEST_ID.test(requestId)) headers.set('x-request-id', decisionId);
  return { trace: traceOf(facts) };
}

function traceOf({ parts, snapshot, headers }: Arrival & Screened): TraceContext {
  const { random } = parts.ports;
  const spanId = randomHex(random, 8);
  const parent = parentOf(headers.getAll('traceparent'));
  if (parent === undefined) return newTrace(randomHex(random, 16), spanId);
  if (parts.reporter === 'gateway' && !snapshot.mesh.telemetry.trustIncomingContext) {
    const link = { traceId: parent.traceId, spanId: parent.parentId };
    return { ...newTrace(randomHex(random, 16), spanId), link };
  }
  const { traceId, parentId, flags } = parent;
  return { traceId, spanId, parentId, flags, state: readTracestate(headers.combined('tracestate')) };
}

/** Two traceparents are none: which one is true can not be known. */
const parentOf = (values: readonly string[]): ParentContext | undefined =>
  values.length === 1 ? parseTraceparent((values[0] as string).trim()) : undefined;

const newTrace = (traceId: string, spanId: string): TraceContext => ({
  traceId,
  spanId,
  parentId: undefined,
  flags: SAMPLED,
  state: undefined,
});
