import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { problem } from '../schema/check.ts';
import { duration, durationWithin, milliseconds } from '../schema/duration.ts';
import { fields } from '../schema/fields.ts';
import { breaker, outlierDetection, percent } from './breaker.ts';
import { fallback } from './fallback.ts';
import { loadBalancing, sticky } from './load-balancing.ts';
import { rateLimits } from './rate-limit.ts';
import { retry } from './retry.ts';
import { trafficTarget } from './traffic-target.ts';

const timeouts = fields({ request: duration.exactOptional(), backendRequest: duration.exactOptional() }).check(
  (ctx) => {
    const request = milliseconds(ctx.value.request ?? '0s');
    if (request > 0 && milliseconds(ctx.value.backendRequest ?? '0s') > request) {
      problem(ctx, ['backendRequest'], 'is longer than request: one try can not outlast all of them');
    }
  },
);

/** Requests at the same time, per router. */
const concurrency = fields({
  limit: z.int().min(1).max(1_000_000),
  queue: z.int().min(0).max(100_000).exactOptional(),
  wait: durationWithin('0s', '5m').exactOptional(),
});

const admission = fields({
  minimum: z.int().min(1).max(1_000_000).exactOptional(),
  maximum: z.int().min(1).max(1_000_000).exactOptional(),
}).check((ctx) => {
  const { minimum = 1, maximum = 1_000_000 } = ctx.value;
  if (minimum > maximum) problem(ctx, ['maximum'], 'is smaller than minimum');
});

const TO_THE_SERVICE = 'belongs to the Service: set it in a TrafficPolicy that targets one';

const spec = fields({
  targetRefs: z
    .array(trafficTarget({ sectionName: 'target the whole route, or set timeouts and retry in the rule itself' }))
    .min(1)
    .max(16),
  timeouts: timeouts.exactOptional(),
  retry: retry.exactOptional(),
  sticky: sticky.exactOptional(),
  loadBalancing: loadBalancing.exactOptional(),
  breaker: breaker.exactOptional(),
  /** Of endpoints in use; under it all are used, the bad ones too. 0: never. */
  panicThreshold: percent.exactOptional(),
  outlierDetection: outlierDetection.exactOptional(),
  concurrency: concurrency.exactOptional(),
  admission: admission.exactOptional(),
  rateLimits: rateLimits.exactOptional(),
  fallback: fallback.exactOptional(),
}).check((ctx) => {
  const { targetRefs, retry: own = {}, ...settings } = ctx.value;
  if (targetRefs.every((ref) => ref.kind === 'Service')) return;
  for (const field of OF_SERVICES) if (settings[field] !== undefined) problem(ctx, [field], TO_THE_SERVICE);
  for (const field of RETRY_OF_SERVICES) if (own[field] !== undefined) problem(ctx, ['retry', field], TO_THE_SERVICE);
});

/** What is known and limited by service, whatever route leads there. */
const OF_SERVICES = [
  ...(['loadBalancing', 'breaker', 'panicThreshold', 'outlierDetection'] as const),
  ...(['concurrency', 'admission'] as const),
];
const RETRY_OF_SERVICES = ['budget', 'replayCap'] as const;

export type TrafficPolicySpec = z.infer<typeof spec>;

/** How calls to a Service, or along a route, are timed, spread, limited and tried again. Targets are in the policy's namespace. */
export const TRAFFIC_POLICY = defineKind<TrafficPolicySpec>({
  group: 'gossamer.mesh',
  versions: ['v1'],
  kind: 'TrafficPolicy',
  plural: 'trafficpolicies',
  shortNames: ['tp'],
  spec,
});
