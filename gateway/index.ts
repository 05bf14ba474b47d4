import { BackgroundWork } from '../router/background.ts';
import type { RouterParts } from '../router/facts.ts';
import { type Handle, serve } from '../router/handle.ts';
import { CallerVerifier } from '../router/identity/caller-verifier.ts';
import { UserVerifier } from '../router/identity/user-verifier.ts';
import { OpenCalls } from '../router/open-calls.ts';
import type { RouterPorts } from '../router/ports.ts';
import { Admissions } from '../router/resilience/admission/admissions.ts';
import { HealthRegistry } from '../router/resilience/health-registry.ts';
import { createRates } from '../router/resilience/rates.ts';
import type { ServiceHealth } from '../router/resilience/service-health.ts';
import type { SnapshotFollower } from '../router/snapshot/follower.ts';
import type { StageStats } from '../router/stage-stats.ts';
import { gatewayPipeline } from './pipeline.ts';

export interface GatewayOptions {
  /** Made with `gateways: true`: a gateway needs all Gateways of the mesh. */
  readonly follower: SnapshotFollower;
  /** Names this gateway in its log; Mesh-Calls carry the name that the follower was made with. */
  readonly routerId: string;
  /** Where it runs: endpoints of this region are asked first. */
  readonly region?: string;
  /** Counts its stages. */
  readonly stats?: StageStats;
}

/** The front door: requests from outside, told apart by listener and Host. */
export interface Gateway {
  readonly handle: Handle;
  readonly follower: SnapshotFollower;
  /** What it knows of the services that it calls. */
  health(): Iterable<ServiceHealth>;
}

/** The only way in. Serves all Gateways of the snapshot; which sockets there are is the entry's business. */
export function createGateway(ports: RouterPorts, options: GatewayOptions): Gateway {
  const { follower, routerId } = options;
  const parts: RouterParts = {
    reporter: 'gateway',
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
  const { stats } = options;
  const handle = serve(gatewayPipeline, { parts, follower, telemetry: ports.telemetry, routerId, stats });
  return { handle, follower, health: () => parts.health.values() };
}
