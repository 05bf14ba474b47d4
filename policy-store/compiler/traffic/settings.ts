import type { BalancingPolicy, BreakerPolicy, OutlierPolicy, TrafficSettings } from '../../../snapshot/chunk.ts';
import type { HedgePolicy, RateLimit, StickyKey } from '../../../snapshot/route.ts';
import { DEFAULT_TRAFFIC } from '../../../snapshot/traffic-defaults.ts';
import type { BreakerSpec, OutlierSpec } from '../../resources/kinds/breaker.ts';
import type { LoadBalancingSpec, StickySpec } from '../../resources/kinds/load-balancing.ts';
import type { RateLimitSpec } from '../../resources/kinds/rate-limit.ts';
import type { RetrySpec } from '../../resources/kinds/retry.ts';
import type { TrafficPolicySpec } from '../../resources/kinds/traffic-policy.ts';
import { bytes } from '../../resources/schema/byte-size.ts';
import { milliseconds } from '../../resources/schema/duration.ts';

const orElse = (text: string | undefined, fallback: number): number =>
  text === undefined ? fallback : milliseconds(text);

/** Settings of a Service from its policy; what refers to other documents is added by who knows them. */
export function settingsOf(spec: TrafficPolicySpec): TrafficSettings {
  const { timeouts, concurrency, admission } = spec;
  const routed = alongRoutes(spec);
  return {
    requestTimeout: orElse(timeouts?.request, DEFAULT_TRAFFIC.requestTimeout),
    tryTimeout: orElse(timeouts?.backendRequest, DEFAULT_TRAFFIC.tryTimeout),
    retry: retryOf(spec.retry),
    breaker: breakerOf(spec.breaker, spec.panicThreshold),
    ...(spec.outlierDetection !== undefined && { outlier: outlierOf(spec.outlierDetection) }),
    balancing: balancingOf(spec.loadBalancing),
    ...routed,
    ...(concurrency !== undefined && {
      concurrency: { limit: concurrency.limit, queue: concurrency.queue ?? 100, wait: orElse(concurrency.wait, 3000) },
    }),
    ...(admission !== undefined && { admission: admissionOf(admission) }),
  };
}

/** What means the same for a Service and along a route. */
export const alongRoutes = ({
  retry,
  rateLimits,
}: TrafficPolicySpec): { readonly hedge?: HedgePolicy; readonly rateLimits?: readonly RateLimit[] } => ({
  ...(retry?.hedging !== undefined && { hedge: hedgeOf(retry.hedging) }),
  ...(rateLimits !== undefined && { rateLimits: rateLimits.map(rateLimitOf) }),
});

/** A base above the default maximum moves the maximum along in the default proportion. */
export const backoffMax = (base: number): number => Math.max(DEFAULT_TRAFFIC.retry.backoffMax, base * 10);

function retryOf(spec: RetrySpec = {}): TrafficSettings['retry'] {
  const { retry } = DEFAULT_TRAFFIC;
  const base = orElse(spec.backoff?.base, retry.backoffBase);
  return {
    limit: spec.attempts ?? retry.limit,
    backoffBase: base,
    backoffMax: orElse(spec.backoff?.max, backoffMax(base)),
    codes: spec.codes ?? retry.codes,
    unsafe: spec.unsafe ?? retry.unsafe,
    budget: spec.budget === undefined ? retry.budget : budgetOf(spec.budget),
    replayCap: spec.replayCap === undefined ? retry.replayCap : bytes(spec.replayCap),
  };
}

function budgetOf({
  percent,
  interval,
  minRetryRate: least,
}: NonNullable<RetrySpec['budget']>): TrafficSettings['retry']['budget'] {
  const { budget } = DEFAULT_TRAFFIC.retry;
  return {
    share: percent === undefined ? budget.share : percent / 100,
    floor: least === undefined ? budget.floor : (least.count * 1000) / orElse(least.interval, 1000),
    window: orElse(interval, budget.window),
  };
}

const hedgeOf = ({ delay = 'p95' }: NonNullable<RetrySpec['hedging']>): HedgePolicy => ({
  delay: delay === 'p95' ? delay : milliseconds(delay),
});

function breakerOf(spec: BreakerSpec = {}, panic = 0): BreakerPolicy {
  const { breaker } = DEFAULT_TRAFFIC;
  const { successRate, open } = spec;
  const openBase = orElse(open?.base, breaker.openBase);
  return {
    failures: spec.consecutiveFailures ?? breaker.failures,
    codes: spec.codes ?? breaker.codes,
    ...(successRate !== undefined && {
      successRate: {
        threshold: (successRate.percent ?? 80) / 100,
        window: orElse(successRate.interval, 10_000),
        minimum: successRate.minRequests ?? 20,
      },
    }),
    openBase,
    openMax: orElse(open?.max, Math.max(breaker.openMax, openBase)),
    panicThreshold: panic / 100,
  };
}

/** Envoy's defaults (config.cluster.v3.OutlierDetection). */
function outlierOf(spec: OutlierSpec): OutlierPolicy {
  const baseEjection = orElse(spec.baseEjectionTime, 30_000);
  return {
    consecutive5xx: spec.consecutive5xxErrors ?? 5,
    interval: orElse(spec.interval, 10_000),
    baseEjection,
    maxEjection: orElse(spec.maxEjectionTime, Math.max(300_000, baseEjection)),
    maxEjectionPercent: spec.maxEjectionPercent ?? 10,
  };
}

const BALANCERS = {
  PeakEwma: 'peak-ewma',
  RoundRobin: 'round-robin',
  Random: 'random',
  LeastRequest: 'least-request',
  ConsistentHash: 'consistent-hash',
} as const;

function balancingOf(spec: LoadBalancingSpec = {}): BalancingPolicy {
  const { type = 'PeakEwma', consistentHash, slowStart, regions } = spec;
  return {
    policy: BALANCERS[type],
    ...(consistentHash !== undefined && {
      hash:
        consistentHash.query === undefined
          ? stickyKey(consistentHash)
          : { from: 'query' as const, name: consistentHash.query },
    }),
    ...(slowStart !== undefined && { slowStart: milliseconds(slowStart.window) }),
    ...(regions !== undefined && { regions }),
  };
}

/** What a choice is bound to. */
export function stickyKey({ header, cookie }: StickySpec): StickyKey {
  if (header !== undefined) return { from: 'header', name: header.toLowerCase() };
  return cookie === undefined ? { from: 'principal' } : { from: 'cookie', name: cookie };
}

function admissionOf(spec: NonNullable<TrafficPolicySpec['admission']>): NonNullable<TrafficSettings['admission']> {
  const { maximum = Math.max(1000, spec.minimum ?? 0) } = spec;
  return { minimum: spec.minimum ?? Math.min(4, maximum), maximum };
}

function rateLimitOf(spec: RateLimitSpec): RateLimit {
  const { name, requests, burst = requests, per = 'service', mode = 'enforce', scope = 'local' } = spec;
  return {
    name,
    requests,
    window: milliseconds(spec.window),
    burst,
    per: typeof per === 'string' ? per : { header: per.header.toLowerCase() },
    mode,
    scope,
    onFailure: spec.onFailure ?? 'allow',
  };
}
