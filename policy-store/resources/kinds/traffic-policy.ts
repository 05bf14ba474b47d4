import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { problem } from '../schema/check.ts';
import { duration, milliseconds } from '../schema/duration.ts';
import { choice, fields } from '../schema/fields.ts';
import { cookieName, headerName, referenceName } from '../schema/text.ts';

const GATEWAY_API = 'gateway.networking.k8s.io';

const targetRef = fields(
  {
    group: choice(['', 'gossamer.mesh', GATEWAY_API]).exactOptional(),
    kind: choice(['Service', 'HTTPRoute', 'GRPCRoute']),
    name: referenceName,
  },
  { sectionName: 'target the whole route, or set timeouts and retry in the rule itself' },
).check((ctx) => {
  const { kind, group } = ctx.value;
  const fits = kind === 'Service' ? group !== GATEWAY_API : group === GATEWAY_API;
  if (group !== undefined && !fits) problem(ctx, ['group'], `is not the group of ${kind}`);
});

const retry = fields(
  {
    /** Tries after the first; 0 turns retries off. */
    attempts: z.int().min(0).max(10).exactOptional(),
    backoff: fields({ base: duration.exactOptional(), max: duration.exactOptional() }).exactOptional(),
    codes: z.array(z.int().min(400).max(599)).min(1).max(64).exactOptional(),
    /** True lets requests of unknown outcome (a POST that may have been processed) be sent again. */
    unsafe: z.boolean().exactOptional(),
  },
  { budget: 'leave it out', perTryTimeout: 'use timeouts.backendRequest', hedging: 'leave it out' },
).check((ctx) => {
  const { base, max } = ctx.value.backoff ?? {};
  if (milliseconds(base ?? '25ms') > milliseconds(max ?? '60s'))
    problem(ctx, ['backoff', 'max'], 'is shorter than base');
});

const timeouts = fields({ request: duration.exactOptional(), backendRequest: duration.exactOptional() }).check(
  (ctx) => {
    const request = milliseconds(ctx.value.request ?? '0s');
    if (request > 0 && milliseconds(ctx.value.backendRequest ?? '0s') > request) {
      problem(ctx, ['backendRequest'], 'is longer than request: one try can not outlast all of them');
    }
  },
);

/** What the choice among weighted backends is bound to, so that one client stays on one version. */
const sticky = fields({
  header: headerName.exactOptional(),
  cookie: cookieName.exactOptional(),
  principal: z.literal(true, { error: 'must be true' }).exactOptional(),
}).check((ctx) => {
  if (Object.keys(ctx.value).length !== 1) problem(ctx, [], 'must have exactly one of header, cookie and principal');
});

const BUILT_LATER = 'leave it out: timeouts, retry and sticky are what a TrafficPolicy sets today';

const spec = fields(
  {
    targetRefs: z.array(targetRef).min(1).max(16),
    timeouts: timeouts.exactOptional(),
    retry: retry.exactOptional(),
    sticky: sticky.exactOptional(),
  },
  Object.fromEntries(
    ['loadBalancing', 'breaker', 'outlierDetection', 'concurrency', 'rateLimits', 'fallback'].map((f) => [
      f,
      BUILT_LATER,
    ]),
  ),
).check((ctx) => {
  const { targetRefs, retry: r } = ctx.value;
  if (targetRefs.every((ref) => ref.kind === 'Service')) return;
  for (const field of ['unsafe', 'backoff'] as const) {
    if (r?.[field] === undefined) continue;
    problem(ctx, ['retry', field], 'is not supported yet for a route: target the Service', 'not-supported-yet');
  }
});

export type TrafficPolicySpec = z.infer<typeof spec>;

/** How calls to a Service, or along a route, are timed and tried again. Targets are in the policy's namespace. */
export const TRAFFIC_POLICY = defineKind<TrafficPolicySpec>({
  group: 'gossamer.mesh',
  versions: ['v1'],
  kind: 'TrafficPolicy',
  plural: 'trafficpolicies',
  shortNames: ['tp'],
  spec,
});
