import type { SnapshotCache } from '../../router/index.ts';
import { findCounters } from '../counters/find-counters.ts';
import { accessLogOf } from '../platform/access-log.ts';
import { systemClock } from '../platform/clock.ts';
import { DiskCache } from '../platform/disk-cache.ts';
import { type DrainTimes, drainTimes } from '../platform/drain-times.ts';
import { SharedWaits } from '../platform/shared-waits.ts';
import { parseJoin } from '../store-client/join.ts';
import { say } from './console-voice.ts';
import { type GatewaySocket, gatewaySocket, routerSocket } from './gateway-socket.ts';
import { HeldLines } from './held-lines.ts';
import { createMember, type Member, type Serves } from './member.ts';
import type { FetchRuntime } from './runtime.ts';

/** Environment of a router or gateway that runs as a server: the same on Deno and Bun. */
export interface ServerSettings {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly member: Member;
  readonly socket: GatewaySocket;
  readonly times: DrainTimes;
  /** Access lines that wait to be written. */
  readonly lines: HeldLines;
}

const FLUSH_INTERVAL = 1_000;

/**
 * `GOSSAMER_JOIN` (the text of router-join.json), `HOST` (127.0.0.1), `PORT` (8081; a gateway's 8080), `GOSSAMER_DATA`
 * (folder for the last known good), `GOSSAMER_COUNTERS` (redis://… for global rate limits), `OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `GOSSAMER_REGION`, `GOSSAMER_ACCESS_LOG`, `GOSSAMER_DRAIN_DELAY` and `GOSSAMER_DRAIN_LIMIT`; of a gateway
 * `GOSSAMER_GATEWAY` and `GOSSAMER_LISTENER_PORT`.
 * @throws Error that says which of them is wrong
 */
export function serverSettings(
  what: Serves,
  runtime: FetchRuntime,
  env: (name: string) => string | undefined,
): ServerSettings {
  const { role } = what;
  const endpoint = env('OTEL_EXPORTER_OTLP_ENDPOINT');
  const data = env('GOSSAMER_DATA');
  const cache: SnapshotCache | undefined = data === undefined ? undefined : new DiskCache(`${data}/${role}`);
  const port = env('PORT') ?? (role === 'gateway' ? '8080' : '8081');
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new Error('PORT is no port (0..65535)');
  const socket = (role === 'gateway' ? gatewaySocket : routerSocket)(env);
  const times = drainTimes(env);
  const lines = new HeldLines(say, systemClock);
  const member = createMember({
    ...what,
    join: joinOf(env('GOSSAMER_JOIN')),
    runtime,
    ...(cache && { cache }),
    counters: findCounters(env('GOSSAMER_COUNTERS')),
    region: env('GOSSAMER_REGION'),
    accessLog: accessLogOf(env('GOSSAMER_ACCESS_LOG'), 'GOSSAMER_ACCESS_LOG'),
    lines,
    clock: new SharedWaits(systemClock),
    ...(endpoint && { otlp: { endpoint, headers: env('OTEL_EXPORTER_OTLP_HEADERS') } }),
  });
  return { host: env('HOST') ?? '127.0.0.1', port: Number(port), member, socket, times, lines };
}

/** Loads the snapshot, follows it and hands telemetry over. Resolves when there is one to serve by. @returns stops it */
export async function keepGoing({ follower, recorder }: Member): Promise<() => Promise<void>> {
  const loaded = new Promise<void>((resolve) => {
    const off = follower.onChange(() => {
      off();
      resolve();
    });
  });
  await follower.start();
  const stopFollowing = follower.follow();
  const timer = setInterval(() => void recorder.flush(), FLUSH_INTERVAL);
  await loaded;
  return async () => {
    stopFollowing();
    clearInterval(timer);
    await recorder.close();
  };
}

function joinOf(text: string | undefined): ReturnType<typeof parseJoin> {
  if (text === undefined)
    throw new Error("GOSSAMER_JOIN is not set: give it the text of the policy store's router-join.json");
  try {
    return parseJoin(text);
  } catch (error) {
    throw new Error(`GOSSAMER_JOIN is no join file: ${error instanceof Error ? error.message : String(error)}`);
  }
}
