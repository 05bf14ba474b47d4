import { waitUntil } from 'cloudflare:workers';
import { type SnapshotFollower, Turns } from '../../router/index.ts';
import { type Accept, answer, connectionOf } from '../fetch/answer.ts';
import type { FindSocket, GatewaySocket } from '../fetch/gateway-socket.ts';
import { createMember, type Member, type Serves } from '../fetch/member.ts';
import type { FetchRuntime } from '../fetch/runtime.ts';
import { accessLogOf } from '../platform/access-log.ts';
import { systemClock } from '../platform/clock.ts';
import { parseJoin } from '../store-client/join.ts';
import { type Counters, durableCounters } from './counters.ts';
import { EdgeCache } from './edge-cache.ts';
import { accept, dial } from './web-socket.ts';

/** Secrets, variables and service bindings of the worker. */
export interface Env {
  /** The text of the policy store's router-join.json. */
  readonly GOSSAMER_JOIN: string;
  /** Of a gateway that serves one Gateway alone: `namespace/name`, and the logical port of its listeners. */
  readonly GOSSAMER_GATEWAY?: string;
  readonly GOSSAMER_LISTENER_PORT?: string;
  readonly GOSSAMER_REGION?: string;
  readonly GOSSAMER_ACCESS_LOG?: string;
  /** Counts of global rate limits. */
  readonly GOSSAMER_COUNTERS?: DurableObjectNamespace<Counters>;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string;
  readonly OTEL_EXPORTER_OTLP_HEADERS?: string;
  readonly [binding: string]: unknown;
}

/** How often an isolate that has traffic hands telemetry over, milliseconds. */
const FLUSH_INTERVAL = 1_000;
/** A worker may go on for 30 s after an answer; so long it waits for news of the policy store. Milliseconds. */
const WATCH = 25_000;
/** How long after a watch that failed, or that never came to its end, a new one may begin. Milliseconds. */
const WATCH_PAUSE = 1_000;
const WATCH_GRACE = 5_000;

/** Serves as a router or a gateway. All state is the isolate's; no request waits for what another one has begun. */
export function serve(what: Serves, findSocket: FindSocket): ExportedHandler<Env> {
  let member: Member | undefined;
  let socket: GatewaySocket = {};
  const turns = new Turns(systemClock);
  let watchAt = Number.NEGATIVE_INFINITY;
  let flushAt = Number.NEGATIVE_INFINITY;

  /** Asks for news until the time is over: with traffic there is always one question open, without traffic none. */
  async function watch({ follower }: Member): Promise<void> {
    const until = Date.now() + WATCH;
    watchAt = until + WATCH_GRACE;
    for (let left = WATCH; left > 0; left = until - Date.now()) {
      const outcome = await follower.refresh(left);
      if (outcome === 'new') continue;
      watchAt = outcome === 'failed' ? Date.now() + WATCH_PAUSE : 0;
      return;
    }
    watchAt = 0;
  }

  /** Of the requests that find no snapshot that may decide, one asks for it; the others are served by what it finds. */
  async function catchUp(follower: SnapshotFollower): Promise<void> {
    const found = (): true | undefined => typeof follower.current(Date.now()) === 'object' || undefined;
    const load = async (): Promise<true | undefined> => {
      if (follower.status().generation === undefined) await follower.start();
      else await follower.refresh(0);
      return found();
    };
    await turns.take('snapshot', found, load);
  }

  return {
    async fetch(request, env, context) {
      if (member === undefined) {
        socket = findSocket((name) => textOf(env[name]));
        member = memberOf(what, env);
      }
      const { follower, recorder, handle } = member;
      const now = Date.now();
      if (typeof follower.current(now) === 'string') await catchUp(follower);
      if (now >= watchAt) context.waitUntil(watch(member));
      if (now >= flushAt) {
        flushAt = now + FLUSH_INTERVAL;
        context.waitUntil(scheduler.wait(FLUSH_INTERVAL).then(() => recorder.flush()));
      }
      const remoteAddress = request.headers.get('cf-connecting-ip') ?? '';
      const serving = member;
      const awake = (): void => {
        if (Date.now() >= watchAt) void watch(serving);
      };
      const join: Accept = (reply, ended) => accept(reply, ended, awake);
      return answer(request, handle, connectionOf(request, remoteAddress, socket), join, { awake, keep: waitUntil });
    },
  };
}

function memberOf(what: Serves, env: Env): Member {
  const join = parseJoin(env.GOSSAMER_JOIN ?? '');
  const {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: headers,
    GOSSAMER_COUNTERS: counters,
  } = env;
  const runtime: FetchRuntime = {
    name: 'workerd',
    fetch: (url, init) => fetch(url, init),
    binding: (name) => bindingOf(env[name]),
    // An answer to one caller is none to another.
    init: { cache: 'no-store' },
    sendsHost: false,
    webSocket: { dial, sendsHost: false },
    identityFirst: false,
    sendsAgain: false,
    // "Network connection lost" is said of a refused connection and of one that broke half way: never certain.
    isConnectError: () => false,
    // And of a client that went away as well.
    isCallersError: () => 'unknown',
  };
  const cache = new EdgeCache(() => caches.open('gossamer'), join.token);
  return createMember({
    ...what,
    join,
    runtime,
    cache,
    counters: typeof counters === 'object' ? durableCounters(counters) : undefined,
    region: env.GOSSAMER_REGION,
    background: waitUntil,
    isolated: true,
    accessLog: accessLogOf(env.GOSSAMER_ACCESS_LOG, 'GOSSAMER_ACCESS_LOG'),
    ...(endpoint && { otlp: { endpoint, headers } }),
  });
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const bindingOf = (value: unknown): Fetcher | undefined =>
  typeof value === 'object' && value !== null && 'fetch' in value ? (value as Fetcher) : undefined;
