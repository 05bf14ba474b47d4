import {
  accessLine,
  type Background,
  type Clock,
  type CounterStore,
  createFollower,
  type Handle,
  type LoadGateway,
  type RouterPorts,
  type SnapshotCache,
  type SnapshotFollower,
} from '../../router/index.ts';
import { type AccessLog, isTold } from '../platform/access-log.ts';
import { systemClock } from '../platform/clock.ts';
import { systemRandom } from '../platform/random.ts';
import type { Join } from '../store-client/join.ts';
import { storeReplay } from '../store-client/replay.ts';
import { pushReport } from '../store-client/report-push.ts';
import { storeSource } from '../store-client/source.ts';
import { Recorder } from '../telemetry/recorder.ts';
import { SpanExporter } from '../telemetry/span-exporter.ts';
import { consoleLog, say } from './console-voice.ts';
import { FetchTransport } from './fetch-transport.ts';
import type { FetchRuntime } from './runtime.ts';

/** `createRouter` or `createGateway`: given by the entry, so that the script of one does not hold the other. */
export type CreateServing = (
  ports: RouterPorts,
  options: {
    readonly follower: SnapshotFollower;
    readonly manifestKeys: readonly JsonWebKey[];
    readonly routerId: string;
    readonly region?: string;
  },
) => { readonly handle: Handle };

/** What a member is, as its entry says. */
export interface Serves {
  readonly role: 'router' | 'gateway';
  readonly create: CreateServing;
  /** Of a gateway. */
  readonly gateways?: LoadGateway;
}

export interface MemberOptions extends Serves {
  readonly join: Join;
  readonly runtime: FetchRuntime;
  readonly cache?: SnapshotCache;
  readonly background?: Background;
  /** Counts that all routers share. */
  readonly counters?: CounterStore | undefined;
  /** Where it runs: endpoints of this region are asked first. */
  readonly region?: string | undefined;
  /** Requests must not touch each other's I/O. */
  readonly isolated?: boolean;
  /** Absent: the runtime's own. */
  readonly clock?: Clock;
  readonly accessLog: AccessLog;
  /** Takes access lines; absent: each is written at once. */
  readonly lines?: { add(line: string): void };
  readonly otlp?: { readonly endpoint: string; readonly headers?: string | undefined };
}

/** A router or a gateway on a fetch runtime. It reads nothing until its follower is started. */
export interface Member {
  readonly handle: Handle;
  readonly follower: SnapshotFollower;
  readonly recorder: Recorder;
  /** Says to the policy store that this router takes no more requests. Rejects when that could not be said. */
  leave(): Promise<void>;
}

export function createMember({
  role,
  create,
  gateways,
  join,
  runtime,
  cache,
  counters,
  region,
  background,
  isolated,
  clock = systemClock,
  accessLog,
  lines = { add: say },
  otlp,
}: MemberOptions): Member {
  // Another start is another router to those who count.
  const routerId = `${runtime.name}-${crypto.randomUUID()}`;
  const store = { url: join.store, token: join.token, fetch: runtime.fetch };
  const spans =
    otlp && new SpanExporter({ ...otlp, serviceName: `gossamer-${role}`, fetch: runtime.fetch, log: consoleLog });
  const recorder = new Recorder({
    routerId,
    push: (report) => pushReport(report, store),
    spans,
    access: (record) => isTold(accessLog, record) && lines.add(accessLine(record)),
    log: consoleLog,
    now: systemClock.now,
  });
  const source = storeSource({ ...store, routerId, role, runtime: runtime.name });
  const ports: RouterPorts = {
    clock,
    random: systemRandom,
    transport: new FetchTransport(runtime),
    source,
    ...(cache && { cache }),
    ...(counters && { counters }),
    replay: storeReplay(store),
    telemetry: recorder,
    log: consoleLog,
    ...(background && { background }),
    ...(isolated && { isolated }),
  };
  const { manifestKeys } = join;
  const follower = createFollower(ports, { manifestKeys, routerId, gateways });
  const { handle } = create(ports, { follower, manifestKeys, routerId, ...(region && { region }) });
  return { handle, follower, recorder, leave: () => source.leave() };
}
