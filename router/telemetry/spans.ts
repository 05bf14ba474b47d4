import { methodLabel } from './method-label.ts';
import type { Attempt, RequestRecord, TraceContext } from './record.ts';

/** SpanKind and StatusCode of opentelemetry/proto/trace/v1/trace.proto. */
const SERVER = 2;
const CLIENT = 3;
const ERROR = 2;
const SAMPLED = 0x01;

type Value = { stringValue: string } | { intValue: string };
interface Attribute {
  readonly key: string;
  readonly value: Value;
}

/**
 * OTLP/JSON (ExportTraceServiceRequest) for sampled requests: one SERVER span each and one CLIENT span for every try.
 * Attributes as the OpenTelemetry HTTP semantic conventions name them, the mesh's own under `mesh.`. Paths are
 * attributes, never names; queries are nowhere.
 */
export function encodeSpans(records: readonly RequestRecord[], resource: { serviceName: string }): string {
  const spans = records.flatMap((record) =>
    record.trace && isSampled(record.trace) ? spansOf(record, record.trace) : [],
  );
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributes({ 'service.name': resource.serviceName }) },
        scopeSpans: [{ scope: { name: 'gossamer' }, spans }],
      },
    ],
  });
}

const isSampled = ({ flags }: TraceContext): boolean => (Number.parseInt(flags, 16) & SAMPLED) !== 0;

function spansOf(record: RequestRecord, trace: TraceContext): object[] {
  return [serverSpan(record, trace), ...record.attempts.map((attempt, i) => clientSpan(record, trace, attempt, i))];
}

function serverSpan(record: RequestRecord, trace: TraceContext): object {
  const { status, reason, startedAt, duration } = record;
  const failed = status >= 500;
  return {
    traceId: trace.traceId,
    spanId: trace.spanId,
    ...(trace.parentId !== undefined && { parentSpanId: trace.parentId }),
    ...(trace.state !== undefined && { traceState: trace.state }),
    ...(trace.link !== undefined && { links: [trace.link] }),
    name: nameOf(record),
    kind: SERVER,
    startTimeUnixNano: nanos(startedAt),
    endTimeUnixNano: nanos(startedAt + duration),
    attributes: attributes({
      ...methodAttributes(record),
      'url.scheme': record.scheme,
      'url.path': record.path,
      'server.address': record.host,
      'http.route': record.route,
      'http.response.status_code': status,
      'network.protocol.version': protocolVersion(record.protocol),
      'error.type': failed ? (reason ?? String(status)) : undefined,
      'http.request.body.size': record.bytesIn,
      'http.response.body.size': record.bytesOut,
      'mesh.reporter': record.reporter,
      'mesh.decision.id': record.decisionId,
      'mesh.revision': record.revision,
      'mesh.reason': reason,
      'mesh.route': record.route,
      'mesh.source.principal': record.source,
      'mesh.destination': record.destination,
      'mesh.backend': record.backend,
      'mesh.authz.decision': record.authorization,
    }),
    status: failed ? { code: ERROR } : {},
  };
}

function clientSpan(record: RequestRecord, trace: TraceContext, attempt: Attempt, resends: number): object {
  const { status, failure, startedAt, duration, spanId, endpoint } = attempt;
  const failed = status === undefined || status >= 400;
  return {
    traceId: trace.traceId,
    spanId,
    parentSpanId: trace.spanId,
    ...(trace.state !== undefined && { traceState: trace.state }),
    name: nameOf(record),
    kind: CLIENT,
    startTimeUnixNano: nanos(startedAt),
    endTimeUnixNano: nanos(startedAt + duration),
    attributes: attributes({
      ...methodAttributes(record),
      'server.address': record.host,
      'http.response.status_code': status,
      'http.request.resend_count': resends === 0 ? undefined : resends,
      'error.type': failed ? (failure ?? String(status)) : undefined,
      'mesh.backend': record.backend,
      'mesh.endpoint': endpoint,
    }),
    status: failed ? { code: ERROR } : {},
  };
}

/** `{method} {route}`; without a route the service, which is as bounded. */
function nameOf({ method, route, destination }: RequestRecord): string {
  const label = methodLabel(method);
  const verb = label === '_OTHER' ? 'HTTP' : label;
  const target = route ?? destination;
  return target === undefined ? verb : `${verb} ${target}`;
}

function methodAttributes({ method }: RequestRecord): Record<string, string | undefined> {
  const label = methodLabel(method);
  return {
    'http.request.method': label,
    'http.request.method_original': label === method ? undefined : method.slice(0, 32),
  };
}

const protocolVersion = (protocol: string): string => (protocol === 'h2' ? '2' : protocol.replace('http/', ''));

function attributes(values: Readonly<Record<string, string | number | undefined>>): Attribute[] {
  const list: Attribute[] = [];
  for (const [key, value] of Object.entries(values)) {
    if (typeof value === 'string') list.push({ key, value: { stringValue: value } });
    else if (value !== undefined) list.push({ key, value: { intValue: String(value) } });
  }
  return list;
}

/** Nanoseconds do not fit a number: whole milliseconds and the rest are written one after the other. */
function nanos(ms: number): string {
  const micros = Math.round((ms % 1) * 1000);
  return micros === 1000 ? `${Math.floor(ms) + 1}000000` : `${Math.floor(ms)}${String(micros).padStart(3, '0')}000`;
}
