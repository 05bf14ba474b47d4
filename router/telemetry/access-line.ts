import { REASONS } from '../reasons.ts';
import type { RequestRecord } from './record.ts';

/** Longest method and host that are logged: both come from outside. */
const MAX_TEXT = 256;

/**
 * One JSON object about one request, without a line break. Line feeds and quotes in what came from outside are escaped;
 * the query, headers, tokens and bodies are not in a record at all.
 */
export function accessLine(record: RequestRecord): string {
  const { reason, attempts, trace } = record;
  return escapeSeparators(
    JSON.stringify({
      event: 'request',
      time: record.startedAt,
      reporter: record.reporter,
      decisionId: record.decisionId,
      revision: record.revision,
      method: record.method.slice(0, MAX_TEXT),
      scheme: record.scheme,
      host: record.host.slice(0, MAX_TEXT),
      path: record.path,
      protocol: record.protocol,
      status: record.status,
      reason,
      flag: reason === undefined ? '-' : REASONS[reason].flag,
      detail: record.detail,
      duration: rounded(record.duration),
      source: record.source,
      destination: record.destination,
      backend: record.backend,
      route: record.route,
      authorization: record.authorization,
      shadow: record.shadow,
      limits: record.limits,
      attempts: attempts.map(({ endpoint, status, failure, duration }) => ({
        endpoint,
        status,
        failure,
        duration: rounded(duration),
      })),
      mirrors: record.mirrors?.map(({ service, outcome }) => ({ service, outcome })),
      bytesIn: record.bytesIn,
      bytesOut: record.bytesOut,
      traceId: trace?.traceId,
      spanId: trace?.spanId,
    }),
  );
}

/** JSON lets U+2028, U+2029 and U+0085 stand as they are, but some readers of lines break there. */
const escapeSeparators = (json: string): string =>
  json.replace(/[\u007f-\u009f\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;
