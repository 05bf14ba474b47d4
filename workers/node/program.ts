import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { CounterStore, RequestRecord } from '../../router/index.ts';
import type { TelemetryReport } from '../../snapshot/telemetry.ts';
import { findCounters } from '../counters/find-counters.ts';
import { type AccessLog, accessLogOf, isTold } from '../platform/access-log.ts';
import type { DrainTimes } from '../platform/drain-times.ts';
import { pushReport } from '../store-client/report-push.ts';
import { Recorder } from '../telemetry/recorder.ts';
import { SpanExporter } from '../telemetry/span-exporter.ts';
import type { Voice } from './log.ts';
import type { Options } from './options.ts';
import { StartError } from './start-error.ts';

/** A part of the mesh that serves. */
export interface Program {
  /** Members of the ready line. */
  readonly ready: Readonly<Record<string, string>>;
  /** Is not ready any more, lets what runs end, closes everything. @returns how many requests were cut at the limit */
  stop(times: DrainTimes): Promise<number>;
}

/** Names one life of a router: another start is another router to those who count. */
export function newRouterId(): string {
  const machine = hostname()
    .replace(/[^\w.-]/g, '-')
    .slice(0, 64);
  return `${machine}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/** How this process reaches a policy store. */
export interface StoreAccess {
  readonly url: string;
  readonly token: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** The counter store of `GOSSAMER_COUNTERS`. @throws StartError */
export function countersOf({ GOSSAMER_COUNTERS }: NodeJS.ProcessEnv): CounterStore | undefined {
  try {
    return findCounters(GOSSAMER_COUNTERS);
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : 'GOSSAMER_COUNTERS can not be read');
  }
}

/** What `GOSSAMER_ACCESS_LOG` says. @throws StartError */
function accessLog({ GOSSAMER_ACCESS_LOG: word }: NodeJS.ProcessEnv): AccessLog {
  try {
    return accessLogOf(word, 'GOSSAMER_ACCESS_LOG');
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : 'GOSSAMER_ACCESS_LOG can not be read');
  }
}

/**
 * Telemetry as the environment asks for it (`GOSSAMER_ACCESS_LOG`, `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME`).
 * @throws StartError
 */
export function recorderOf(
  routerId: string,
  store: StoreAccess,
  { command }: Options,
  { access: tell, log }: Voice,
): Recorder {
  const told = accessLog(process.env);
  const access = (record: RequestRecord): void => {
    if (isTold(told, record)) tell(record);
  };
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers, OTEL_SERVICE_NAME } = process.env;
  const serviceName = OTEL_SERVICE_NAME ?? `gossamer-${command}`;
  const spans = endpoint ? new SpanExporter({ endpoint, headers, serviceName, fetch, log }) : undefined;
  const push = (report: TelemetryReport): Promise<void> => pushReport(report, store);
  return new Recorder({ routerId, push, spans, access, log, now: () => Date.now() });
}
