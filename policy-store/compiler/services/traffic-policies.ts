import type { TrafficSettings } from '../../../snapshot/chunk.ts';
import type { RetryStanza, RouteRule, RuleId, StickyKey } from '../../../snapshot/route.ts';
import { GRPC_ROUTE } from '../../resources/kinds/grpc-route.ts';
import { HTTP_ROUTE } from '../../resources/kinds/http-route.ts';
import { TRAFFIC_POLICY, type TrafficPolicySpec } from '../../resources/kinds/traffic-policy.ts';
import type { Resource } from '../../resources/resource.ts';
import { milliseconds } from '../../resources/schema/duration.ts';
import type { Findings } from '../findings.ts';
import { type Inventory, nameOf, olderFirst } from '../inventory.ts';
import type { Services } from './collect.ts';

/** What holds where no TrafficPolicy says otherwise: safe retries on, 15 s for the whole request. */
const DEFAULTS: TrafficSettings = {
  requestTimeout: 15_000,
  tryTimeout: 0,
  retry: {
    limit: 2,
    backoffBase: 25,
    backoffMax: 250,
    codes: [502, 503, 504],
    unsafe: false,
    budget: { share: 0.2, floor: 10, window: 10_000 },
    replayCap: 65_536,
  },
  breaker: { failures: 7, codes: [502, 503, 504], openBase: 1000, openMax: 60_000, panicThreshold: 0 },
  balancing: { policy: 'peak-ewma' },
};

/** What a TrafficPolicy on a route gives to rules that do not say it themselves. */
export type RouteTraffic = Pick<RouteRule, 'timeouts' | 'retry' | 'sticky'>;

/** TrafficPolicies by target. */
export interface TrafficPolicies {
  forService(key: string): TrafficSettings;
  /** For routes of the service that say nothing else. @param key `namespace/name` of the Service */
  stickyOf(key: string): StickyKey | undefined;
  /** @param key `namespace/name` of the route */
  forRoute(kind: RuleId['kind'], key: string): RouteTraffic;
}

/** Binds TrafficPolicies to their targets. Of several with one target the oldest holds, the others are not accepted. */
export function bindTrafficPolicies(inventory: Inventory, services: Services, findings: Findings): TrafficPolicies {
  const routes = new Set(
    [...inventory.of(HTTP_ROUTE), ...inventory.of(GRPC_ROUTE)].map((route) => `${route.kind} ${nameOf(route)}`),
  );
  const bound = new Map<string, Resource<TrafficPolicySpec>>();
  for (const policy of [...inventory.of(TRAFFIC_POLICY)].sort(olderFirst)) {
    for (const { kind, name } of policy.spec.targetRefs) {
      const key = `${policy.metadata.namespace}/${name}`;
      const target = `${kind} ${key}`;
      const winner = bound.get(target);
      if (!(kind === 'Service' ? services.has(key) : routes.has(target))) {
        findings.fail(policy, 'ResolvedRefs', 'TargetNotFound', `there is no ${target}`);
      } else if (winner !== undefined && winner !== policy) {
        findings.fail(policy, 'Accepted', 'Conflicted', `${target} has the TrafficPolicy ${nameOf(winner)} already`);
      } else {
        bound.set(target, policy);
      }
    }
  }
  const serviceSettings = new Map<string, TrafficSettings>();
  const routeTraffic = new Map<string, RouteTraffic>();
  for (const [target, policy] of bound) {
    const [kind = '', key = ''] = target.split(' ');
    if (kind === 'Service') serviceSettings.set(key, settingsOf(policy.spec));
    routeTraffic.set(target, routeTrafficOf(policy.spec));
  }
  return {
    forService: (key) => serviceSettings.get(key) ?? DEFAULTS,
    stickyOf: (key) => routeTraffic.get(`Service ${key}`)?.sticky,
    forRoute: (kind, key) => routeTraffic.get(`${kind} ${key}`) ?? {},
  };
}

const orElse = (text: string | undefined, fallback: number): number =>
  text === undefined ? fallback : milliseconds(text);

function settingsOf({ timeouts, retry }: TrafficPolicySpec): TrafficSettings {
  const base = orElse(retry?.backoff?.base, DEFAULTS.retry.backoffBase);
  return {
    requestTimeout: orElse(timeouts?.request, DEFAULTS.requestTimeout),
    tryTimeout: orElse(timeouts?.backendRequest, DEFAULTS.tryTimeout),
    retry: {
      limit: retry?.attempts ?? DEFAULTS.retry.limit,
      backoffBase: base,
      // A base above the default maximum moves the maximum along in the default proportion.
      backoffMax: orElse(retry?.backoff?.max, Math.max(DEFAULTS.retry.backoffMax, base * 10)),
      codes: retry?.codes ?? DEFAULTS.retry.codes,
      unsafe: retry?.unsafe ?? false,
      budget: DEFAULTS.retry.budget,
      replayCap: DEFAULTS.retry.replayCap,
    },
    breaker: DEFAULTS.breaker,
    balancing: DEFAULTS.balancing,
  };
}

function routeTrafficOf({ timeouts, retry, sticky }: TrafficPolicySpec): RouteTraffic {
  const stanza: RetryStanza = {
    ...(retry?.attempts !== undefined && { attempts: retry.attempts }),
    ...(retry?.codes !== undefined && { codes: retry.codes }),
  };
  return {
    ...(timeouts !== undefined && { timeouts: timeoutsOf(timeouts) }),
    ...(retry !== undefined && { retry: stanza }),
    ...(sticky !== undefined && { sticky: stickyKey(sticky) }),
  };
}

function stickyKey({ header, cookie }: NonNullable<TrafficPolicySpec['sticky']>): StickyKey {
  if (header !== undefined) return { from: 'header', name: header.toLowerCase() };
  return cookie === undefined ? { from: 'principal' } : { from: 'cookie', name: cookie };
}

/** Timeouts of a rule or policy in milliseconds; what is not said stays absent. */
export const timeoutsOf = (spec: {
  request?: string;
  backendRequest?: string;
}): NonNullable<RouteRule['timeouts']> => ({
  ...(spec.request !== undefined && { request: milliseconds(spec.request) }),
  ...(spec.backendRequest !== undefined && { backendRequest: milliseconds(spec.backendRequest) }),
});
