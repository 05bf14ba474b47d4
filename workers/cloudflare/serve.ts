import { answer, connectionOf } from '../fetch/answer.ts';
import { createMember, type Member } from '../fetch/member.ts';
import type { FetchRuntime } from '../fetch/runtime.ts';
import { parseJoin } from '../store-client/join.ts';
import { EdgeCache } from './edge-cache.ts';

/** Secrets, variables and service bindings of the worker. */
export interface Env {
  /** The text of the policy store's router-join.json. */
  readonly GOSSAMER_JOIN: string;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string;
  readonly OTEL_EXPORTER_OTLP_HEADERS?: string;
  readonly [binding: string]: unknown;
}

/** How often an isolate that has traffic asks for news and hands telemetry over, milliseconds. */
const INTERVAL = 1_000;

/** Serves as a router or a gateway. All state is the isolate's; no request waits for what another one has begun. */
export function serve(role: 'router' | 'gateway'): ExportedHandler<Env> {
  let member: Member | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let flushAt = Number.NEGATIVE_INFINITY;
  return {
    async fetch(request, env, context) {
      member ??= memberOf(role, env);
      const { follower, recorder, handle } = member;
      const now = Date.now();
      if (follower.status().generation === undefined) {
        askedAt = now;
        await follower.start();
      } else if (typeof follower.current(now) === 'string') {
        askedAt = now;
        await follower.refresh(0);
      } else if (now - askedAt >= INTERVAL) {
        askedAt = now;
        context.waitUntil(follower.refresh(0));
      }
      if (now >= flushAt) {
        flushAt = now + INTERVAL;
        context.waitUntil(scheduler.wait(INTERVAL).then(() => recorder.flush()));
      }
      return answer(request, handle, connectionOf(request, request.headers.get('cf-connecting-ip') ?? ''));
    },
  };
}

function memberOf(role: 'router' | 'gateway', env: Env): Member {
  const join = parseJoin(env.GOSSAMER_JOIN ?? '');
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers } = env;
  const runtime: FetchRuntime = {
    name: 'workerd',
    fetch: (url, init) => fetch(url, init),
    binding: (name) => bindingOf(env[name]),
    // An answer to one caller is none to another.
    init: { cache: 'no-store' },
    sendsHost: false,
    decodes: [],
    // "Network connection lost" is said of a refused connection and of one that broke half way: never certain.
    isConnectError: () => false,
  };
  const cache = new EdgeCache(() => caches.open('gossamer'), join.token);
  return createMember({ role, join, runtime, cache, ...(endpoint && { otlp: { endpoint, headers } }) });
}

const bindingOf = (value: unknown): Fetcher | undefined =>
  typeof value === 'object' && value !== null && 'fetch' in value ? (value as Fetcher) : undefined;
