import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceHealth, SnapshotFollower, StageStat } from '../../router/index.ts';
import { socketError, urlOf } from './addresses.ts';
import { listening } from './http-listener.ts';

/** What the ops listener tells of. */
export interface Observed {
  readonly follower: Pick<SnapshotFollower, 'status' | 'current'>;
  /** It stops, and serves what still comes until it has. */
  readonly leaving?: boolean;
  stageStats(): readonly StageStat[];
  health(): readonly ServiceHealth[];
}

/** Health and numbers of a router that runs by itself: `/healthz`, `/readyz`, `/metrics`. */
export class OpsListener {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, host: string) {
    this.#server = server;
    this.url = urlOf(host, (server.address() as AddressInfo).port);
  }

  /** @param observed undefined until there is something to tell @throws StartError */
  static async open(host: string, port: number, observed: () => Observed | undefined): Promise<OpsListener> {
    const server = createServer((request, response) => {
      const { status, text } = answer(request.url ?? '', observed());
      response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
    });
    try {
      await listening(server, host, port);
    } catch (error) {
      throw socketError(error, host, port, '--ops-port');
    }
    return new OpsListener(server, host);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function answer(path: string, observed: Observed | undefined): { status: number; text: string } {
  if (path === '/healthz') return { status: 200, text: 'ok\n' };
  if (path === '/readyz') {
    const state = observed?.leaving ? 'draining' : (observed?.follower.current(Date.now()) ?? 'snapshot_unavailable');
    return typeof state === 'string' ? { status: 503, text: `${state}\n` } : { status: 200, text: 'ok\n' };
  }
  if (path === '/metrics') return { status: 200, text: observed === undefined ? '' : exposition(observed, Date.now()) };
  return { status: 404, text: '/healthz /readyz /metrics\n' };
}

/** Prometheus text format 0.0.4. @param now milliseconds since the epoch */
export function exposition(observed: Observed, now: number): string {
  const { revision, generation, confirmedAt } = observed.follower.status();
  const stages = observed.stageStats();
  const perStage = (value: (stat: StageStat) => number): [string, number][] =>
    stages.map((stat) => [`{stage="${stat.stage}"}`, value(stat)]);
  return [
    family('gossamer_router_revision', 'gauge', 'Revision of the resources in force.', [['', revision ?? 0]]),
    family('gossamer_router_generation', 'gauge', 'Generation of the snapshot in force.', [['', generation ?? 0]]),
    family('gossamer_router_snapshot_age_seconds', 'gauge', 'Since the policy store last confirmed the snapshot.', [
      ['', confirmedAt === undefined ? Number.NaN : Math.max(0, now - confirmedAt) / 1000],
    ]),
    family(
      'gossamer_router_stage_runs_total',
      'counter',
      'Times that a stage ran.',
      perStage((stat) => stat.count),
    ),
    family(
      'gossamer_router_stage_stops_total',
      'counter',
      'Times that a stage ended a request.',
      perStage((stat) => stat.refused),
    ),
    family(
      'gossamer_router_stage_seconds_total',
      'counter',
      'Time in a stage, waits included.',
      perStage((stat) => stat.millis / 1000),
    ),
    ...endpointFamilies(observed.health()),
  ].join('');
}

/** Endpoints that are told of by name: the worse off, up to so many. All others are counted. */
const NAMED = 200;

function endpointFamilies(services: readonly ServiceHealth[]): string[] {
  const counts = { closed: 0, open: 0, probing: 0 };
  const out: [string, number][] = [];
  for (const { chunk, entries } of services) {
    for (const { endpoint, breaker } of entries) {
      counts[breaker.phase]++;
      if (breaker.phase === 'closed' || out.length === NAMED) continue;
      const labels = `service="${chunk.namespace}/${chunk.name}",endpoint="${escaped(endpoint.id)}"`;
      out.push([`{${labels}}`, breaker.times]);
    }
  }
  const all = Object.entries(counts).map(([phase, count]): [string, number] => [`{breaker="${phase}"}`, count]);
  return [
    family('gossamer_router_endpoints', 'gauge', 'Endpoints of services that were called, by their breaker.', all),
    family(
      'gossamer_router_breaker_openings',
      'gauge',
      'Of a breaker that is open: how often in a row it opened.',
      out,
    ),
  ];
}

const escaped = (text: string): string => text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));

function family(
  name: string,
  type: 'gauge' | 'counter',
  about: string,
  samples: readonly (readonly [string, number])[],
): string {
  const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${about}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
