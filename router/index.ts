import { BackgroundWork } from './background.ts';
import type { RouterParts } from './facts.ts';
import { type Handle, serve } from './handle.ts';
import { CallerVerifier } from './identity/caller-verifier.ts';
import { UserVerifier } from './identity/user-verifier.ts';
import { OpenCalls } from './open-calls.ts';
import { meshPipeline } from './pipeline.ts';
import type { RouterPorts } from './ports.ts';
import { Admissions } from './resilience/admission/admissions.ts';
import { HealthRegistry } from './resilience/health-registry.ts';
import { createRates } from './resilience/rates.ts';
import type { ServiceHealth } from './resilience/service-health.ts';
import { createFollower, type SnapshotFollower } from './snapshot/follower.ts';
import type { StageStats } from './stage-stats.ts';

export type { CancelReason } from './cancellation.ts';
export { Cancellation } from './cancellation.ts';
export { whatCan } from './explain/what-can.ts';
export { whoCan } from './explain/who-can.ts';
export { explain } from './explain.ts';
export type { PinnedSnapshot } from './facts.ts';
export { isGrpc } from './grpc.ts';
export type { Handle } from './handle.ts';
export { HeaderList } from './headers.ts';
export type {
  Body,
  Connection,
  Reply,
  ReplyEnd,
  RequestHead,
  ResponseHead,
  UpstreamBody,
} from './message.ts';
export type {
  Background,
  Clock,
  CounterAnswer,
  CounterStore,
  KeptManifest,
  Log,
  Random,
  ReplayStore,
  RouterPorts,
  SnapshotCache,
  SnapshotSource,
  TelemetrySink,
  Transport,
  UpstreamCall,
  UpstreamResponse,
} from './ports.ts';
export { UpstreamFailure } from './ports.ts';
export type { Reason } from './reasons.ts';
export { REASONS } from './reasons.ts';
export type { ServiceHealth } from './resilience/service-health.ts';
export { createFollower, type SnapshotFollower } from './snapshot/follower.ts';
export { type LoadGateway, loadGateway } from './snapshot/loaded-gateway.ts';
export { Turns } from './snapshot/turns.ts';
export { type StageStat, StageStats } from './stage-stats.ts';
export { accessLine } from './telemetry/access-line.ts';
export { DecisionLog } from './telemetry/decision-log.ts';
export { MetricsAggregator } from './telemetry/metrics-aggregator.ts';
export type { Attempt, RequestRecord, TraceContext } from './telemetry/record.ts';
export { encodeSpans } from './telemetry/spans.ts';

export interface RouterOptions {
  /** Where the snapshots come from; absent = the router makes its own follower of `ports.source`. */
  readonly follower?: SnapshotFollower;
  /** Public keys that manifests must be signed with. */
  readonly manifestKeys: readonly JsonWebKey[];
  /** Names this router in Mesh-Calls and telemetry. */
  readonly routerId: string;
  /** Where it runs: endpoints of this region are asked first. */
  readonly region?: string;
  /** Counts its stages. */
  readonly stats?: StageStats;
}

/** A data plane for calls between services. It reads nothing until its follower is started. */
export interface Router {
  readonly handle: Handle;
  /** `start()` loads the first snapshot, `follow()` keeps it fresh; until then every request is refused. */
  readonly follower: SnapshotFollower;
  /** What it knows of the services that it calls. */
  health(): Iterable<ServiceHealth>;
}

/** The only way in. Runs wherever its ports run, and keeps nothing outside itself. */
export function createRouter(ports: RouterPorts, options: RouterOptions): Router {
  const { manifestKeys, routerId } = options;
  const follower = options.follower ?? createFollower(ports, { manifestKeys, routerId });
  const parts: RouterParts = {
    reporter: 'router',
    ports,
    users: new UserVerifier(),
    verifier: new CallerVerifier(ports),
    signer: follower.signer,
    background: new BackgroundWork(ports.clock, ports.background),
    calls: new OpenCalls(),
    admissions: new Admissions(ports.clock, ports.isolated),
    rates: createRates(ports),
    health: new HealthRegistry(options.region),
  };
  // Where requests must not touch each other's I/O (Workers), each has to ask for itself: Reply.isRevoked.
  if (!ports.isolated) follower.onChange(({ revocations }) => parts.calls.judge(revocations));
  const { stats } = options;
  const handle = serve(meshPipeline, { parts, follower, telemetry: ports.telemetry, routerId, stats });
  return { handle, follower, health: () => parts.health.values() };
}
