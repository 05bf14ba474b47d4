import type { TrafficSettings } from '../../../snapshot/chunk.ts';
import type { Fallback, FaultRule, RetryStanza, RouteRule, RuleId, StickyKey } from '../../../snapshot/route.ts';
import { DEFAULT_TRAFFIC } from '../../../snapshot/traffic-defaults.ts';
import type { RetrySpec } from '../../resources/kinds/retry.ts';
import { TRAFFIC_POLICY, type TrafficPolicySpec } from '../../resources/kinds/traffic-policy.ts';
import type { Resource } from '../../resources/resource.ts';
import { milliseconds } from '../../resources/schema/duration.ts';
import type { Findings } from '../findings.ts';
import { type Inventory, nameOf, olderFirst } from '../inventory.ts';
import { findBackend } from '../routes/find-backend.ts';
import type { ReferenceGrants } from '../routes/reference-grants.ts';
import type { Services } from '../services/collect.ts';
import { type BoundFaults, bindFaults } from './faults.ts';
import { alongRoutes, backoffMax, settingsOf, stickyKey } from './settings.ts';
import { knownTargets, type TargetKind, targetFinder } from './targets.ts';

/** What policies on a route give to rules that do not say it themselves. */
export type RouteTraffic = Pick<
  RouteRule,
  'timeouts' | 'retry' | 'sticky' | 'hedge' | 'fallback' | 'rateLimits' | 'faults'
>;

/** TrafficPolicies and FaultInjections by target. */
export interface BoundTraffic {
  forService(key: string): TrafficSettings;
  /** For routes of the service that say nothing else. @param key `namespace/name` of the Service */
  stickyOf(key: string): StickyKey | undefined;
  /** @param key `namespace/name` of the route */
  forRoute(kind: RuleId['kind'], key: string): RouteTraffic;
  /** The FaultInjection that a rule refers to. @param key its `namespace/name` */
  fault(key: string): FaultRule | undefined;
}

/** What policies are bound by. */
export interface TrafficContext {
  readonly inventory: Inventory;
  readonly services: Services;
  readonly grants: ReferenceGrants;
  readonly trustDomain: string;
  readonly findings: Findings;
}

type Policy = Resource<TrafficPolicySpec>;

/** Binds policies to their targets. Of several TrafficPolicies with one target the oldest holds, the others are not accepted. */
export function bindTraffic(context: TrafficContext): BoundTraffic {
  const { inventory, services, trustDomain, findings } = context;
  const has = targetFinder(inventory, services);
  const faults = bindFaults(inventory, has, trustDomain, findings);
  const bound = new Map<string, Policy>();
  for (const policy of [...inventory.of(TRAFFIC_POLICY)].sort(olderFirst)) {
    for (const target of knownTargets(policy, has, findings)) {
      const winner = bound.get(target);
      if (winner === undefined) bound.set(target, policy);
      else findings.fail(policy, 'Accepted', 'Conflicted', `${target} has the TrafficPolicy ${nameOf(winner)} already`);
    }
  }
  const serviceSettings = new Map<string, TrafficSettings>();
  const routeTraffic = new Map<string, RouteTraffic>();
  for (const [target, policy] of bound) {
    const [kind = '', key = ''] = target.split(' ');
    const fallback = fallbackOf(policy, target, context);
    if (kind === 'Service') serviceSettings.set(key, { ...settingsOf(policy.spec), ...fallback });
    else routeTraffic.set(target, { ...routeTrafficOf(policy.spec), ...fallback });
  }
  return {
    forService: (key) => ({ ...(serviceSettings.get(key) ?? DEFAULT_TRAFFIC), ...faultsOf(faults, 'Service', key) }),
    stickyOf: (key) => stickyOf(bound.get(`Service ${key}`)?.spec).sticky,
    forRoute: (kind, key) => ({ ...routeTraffic.get(`${kind} ${key}`), ...faultsOf(faults, kind, key) }),
    fault: (key) => faults.named(key),
  };
}

function faultsOf(faults: BoundFaults, kind: TargetKind, key: string): Pick<RouteTraffic, 'faults'> {
  const found = faults.of(kind, key);
  return found.length === 0 ? {} : { faults: found };
}

/** A fallback that can not be had is none: the caller is answered as without a policy. */
function fallbackOf(
  policy: Policy,
  target: string,
  { services, grants, findings }: TrafficContext,
): { readonly fallback?: Fallback } {
  const { service, answer } = policy.spec.fallback ?? {};
  if (answer !== undefined) {
    const headers = (answer.headers ?? []).map(({ name, value }) => ({ name: name.toLowerCase(), value }));
    return { fallback: { answer: { status: answer.status, headers, body: answer.body ?? '' } } };
  }
  if (service === undefined) return {};
  const found = findBackend(service, { kind: 'TrafficPolicy', namespace: policy.metadata.namespace }, services, grants);
  if ('reason' in found) {
    findings.fail(policy, 'ResolvedRefs', found.reason, `fallback: ${found.message}`);
    return {};
  }
  const { namespace, name, port } = found;
  if (target === `Service ${namespace}/${name}`) {
    findings.warn(policy, 'spec.fallback', 'fallback-to-itself', `is none for ${target}: that is the service itself`);
    return {};
  }
  return { fallback: { service: { namespace, name, port } } };
}

function routeTrafficOf(spec: TrafficPolicySpec): RouteTraffic {
  const { timeouts, retry } = spec;
  const stanza = stanzaOf(retry);
  return {
    ...(timeouts !== undefined && { timeouts: timeoutsOf(timeouts) }),
    // A stanza asks for retries; a policy that only hedges does not.
    ...(Object.keys(stanza).length > 0 && { retry: stanza }),
    ...stickyOf(spec),
    ...alongRoutes(spec),
  };
}

function stanzaOf({ attempts, codes, backoff: { base, max } = {}, unsafe }: RetrySpec = {}): RetryStanza {
  const moved = max ?? (base === undefined ? undefined : backoffMax(milliseconds(base)));
  return {
    ...(attempts !== undefined && { attempts }),
    ...(codes !== undefined && { codes }),
    ...(base !== undefined && { backoffBase: milliseconds(base) }),
    ...(moved !== undefined && { backoffMax: typeof moved === 'string' ? milliseconds(moved) : moved }),
    ...(unsafe !== undefined && { unsafe }),
  };
}

const stickyOf = (spec: TrafficPolicySpec | undefined): Pick<RouteTraffic, 'sticky'> =>
  spec?.sticky === undefined ? {} : { sticky: stickyKey(spec.sticky) };

/** Timeouts of a rule or policy in milliseconds; what is not said stays absent. */
export const timeoutsOf = (spec: {
  request?: string;
  backendRequest?: string;
}): NonNullable<RouteRule['timeouts']> => ({
  ...(spec.request !== undefined && { request: milliseconds(spec.request) }),
  ...(spec.backendRequest !== undefined && { backendRequest: milliseconds(spec.backendRequest) }),
});
