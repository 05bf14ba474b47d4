import { BackgroundWork } from './background.ts';
import { Cancellation } from './cancellation.ts';
import type { Pipeline } from './exchange.ts';
import type { Arrival, Forwarded, PinnedSnapshot } from './facts.ts';
import { type Handle, serve } from './handle.ts';
import { HeaderList } from './headers.ts';
import { CallerVerifier } from './identity/caller-verifier.ts';
import { MeshCallSigner } from './identity/mesh-call.ts';
import { UserVerifier } from './identity/user-verifier.ts';
import { FakeIssuer } from './mesh-issuer.fake.ts';
import type { Connection, Reply, RequestHead } from './message.ts';
import { OpenCalls } from './open-calls.ts';
import { FakeBody, FakeClock, FakeRandom, RecordedLog, RecordedTelemetry, ScriptedTransport } from './ports.fake.ts';
import type { CounterStore, Random } from './ports.ts';
import { Admissions } from './resilience/admission/admissions.ts';
import { HealthRegistry } from './resilience/health-registry.ts';
import { createRates } from './resilience/rates.ts';
import { type FakeMesh, snapshotOf } from './routing/mesh.fake.ts';
import { StageStats } from './stage-stats.ts';
import type { RequestRecord } from './telemetry/record.ts';

const issuer = await FakeIssuer.create();

/** One request of a test; everything has a default. */
export interface Asked {
  readonly method?: string;
  readonly authority?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: FakeBody;
  readonly upgrade?: 'websocket';
  /** SPIFFE ID: the request then carries an identity that holds. */
  readonly from?: string;
  readonly connection?: Partial<Connection>;
  readonly cancellation?: Cancellation;
}

export interface ServedOptions {
  readonly reporter: 'router' | 'gateway';
  readonly mesh: FakeMesh;
  readonly clock?: FakeClock;
  readonly random?: Random;
  readonly transport?: ScriptedTransport;
  readonly backgroundLimit?: number;
  /** Requests share no promise, as on Workers. */
  readonly isolated?: boolean;
  readonly counters?: CounterStore;
  readonly region?: string;
  /** In place of a snapshot. */
  readonly without?: 'snapshot_unavailable' | 'snapshot_stale' | 'draining';
}

/** A whole router or gateway in process: the real pipeline, verifier and signer; time, chance and network are fakes. */
export class Served {
  readonly clock: FakeClock;
  readonly transport: ScriptedTransport;
  readonly telemetry = new RecordedTelemetry();
  readonly log = new RecordedLog();
  readonly background: Promise<unknown>[] = [];
  readonly stats = new StageStats();
  readonly #handle: Handle;
  #snapshot: PinnedSnapshot;

  private constructor(
    pipeline: Pipeline<Arrival, Arrival & Forwarded>,
    options: ServedOptions,
    signer: MeshCallSigner,
  ) {
    this.clock = options.clock ?? new FakeClock();
    this.transport = options.transport ?? new ScriptedTransport();
    const random = options.random ?? new FakeRandom();
    const ports = { clock: this.clock, random, transport: this.transport, log: this.log.log };
    this.#snapshot = { ...snapshotOf(options.mesh), trust: issuer.trust };
    this.#handle = serve(pipeline, {
      parts: {
        reporter: options.reporter,
        ports,
        users: new UserVerifier(),
        verifier: new CallerVerifier(ports),
        signer,
        calls: new OpenCalls(),
        admissions: new Admissions(this.clock, options.isolated),
        rates: createRates({ ...ports, ...(options.counters && { counters: options.counters }) }),
        health: new HealthRegistry(options.region),
        background: new BackgroundWork(this.clock, (work) => this.background.push(work), options.backgroundLimit),
      },
      follower: {
        current: () => options.without ?? this.#snapshot,
        status: () => ({ revision: 6, generation: 6, confirmedAt: 0, lastError: undefined }),
      },
      telemetry: this.telemetry,
      routerId: 'r1',
      stats: this.stats,
    });
  }

  static async start<Facts extends Arrival & Forwarded>(
    pipeline: Pipeline<Arrival, Facts>,
    options: ServedOptions,
  ): Promise<Served> {
    const signer = new MeshCallSigner({ clock: new FakeClock(), random: new FakeRandom() }, 'r1');
    await signer.useKey(issuer.hopKey);
    return new Served(pipeline, options, signer);
  }

  /** Another snapshot from now on. */
  change(mesh: FakeMesh): void {
    this.#snapshot = { ...snapshotOf(mesh), trust: issuer.trust };
  }

  /** Lets time go on until there is a reply. */
  async ask(asked: Asked = {}): Promise<Reply> {
    const { method = 'GET', authority = 'orders.shop.mesh', target = '/', from } = asked;
    const audience = `http://${authority.replace(/:\d+$/, '')}`;
    const identity = from === undefined ? [] : await issuer.headersFor(from, audience, this.clock.now());
    const headers = HeaderList.from([...Object.entries(asked.headers ?? {}), ...identity]);
    const { upgrade } = asked;
    const request: RequestHead = { method, scheme: 'http', authority, target, headers, ...(upgrade && { upgrade }) };
    const connection: Connection = {
      remoteAddress: '127.0.0.1',
      protocol: 'http/1.1',
      tls: false,
      ...asked.connection,
    };
    const cancellation = asked.cancellation ?? new Cancellation();
    return this.clock.settle(this.#handle(request, asked.body ?? new FakeBody(), connection, cancellation));
  }

  /** Asks, writes the reply out and returns what was told about it. */
  async tell(asked: Asked = {}): Promise<RequestRecord> {
    const reply = await this.ask(asked);
    reply.finish({ outcome: 'complete', bytesOut: 2 });
    return this.telemetry.records.at(-1) as RequestRecord;
  }
}

/** `code` of a problem document; undefined when the reply is none. */
export function codeOf(reply: Reply): string | undefined {
  return typeof reply.body === 'string' ? (JSON.parse(reply.body) as { code?: string }).code : undefined;
}
