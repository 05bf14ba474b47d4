import type { FaultRule } from '../../../snapshot/route.ts';
import { FAULT_INJECTION, type FaultInjectionSpec } from '../../resources/kinds/fault-injection.ts';
import type { Resource } from '../../resources/resource.ts';
import { milliseconds } from '../../resources/schema/duration.ts';
import { normalPrincipals } from '../authorization/principals.ts';
import type { Findings } from '../findings.ts';
import { type Inventory, nameOf } from '../inventory.ts';
import { knownTargets, type TargetKind } from './targets.ts';

/** FaultInjections by what they are for. */
export interface BoundFaults {
  /** By targetRefs. @param key `namespace/name` */
  of(kind: TargetKind, key: string): readonly FaultRule[];
  /** By its own name, for rules that refer to it. @param key `namespace/name` */
  named(key: string): FaultRule | undefined;
}

export function bindFaults(
  inventory: Inventory,
  has: (kind: TargetKind, key: string) => boolean,
  trustDomain: string,
  findings: Findings,
): BoundFaults {
  const byName = new Map<string, FaultRule>();
  const byTarget = new Map<string, FaultRule[]>();
  for (const injection of inventory.of(FAULT_INJECTION)) {
    const rule = faultRule(injection, trustDomain);
    byName.set(rule.name, rule);
    for (const target of knownTargets(injection, has, findings)) {
      byTarget.set(target, [...(byTarget.get(target) ?? []), rule]);
    }
  }
  return {
    of: (kind, key) => byTarget.get(`${kind} ${key}`) ?? [],
    named: (key) => byName.get(key),
  };
}

/** A share that is not said is none: whoever forgets it breaks nothing. */
function faultRule(injection: Resource<FaultInjectionSpec>, trustDomain: string): FaultRule {
  const { delay, abort, byHeader } = injection.spec;
  return {
    name: nameOf(injection),
    ...(delay !== undefined && {
      delay: { duration: milliseconds(delay.fixed), share: (delay.percent ?? 0) / 100 },
    }),
    ...(abort !== undefined && {
      abort: {
        status: abort.status ?? 503,
        ...(abort.grpcStatus !== undefined && { grpcStatus: abort.grpcStatus }),
        share: (abort.percent ?? 0) / 100,
      },
    }),
    ...(byHeader !== undefined && {
      byHeader: { principals: normalPrincipals(byHeader.principals, trustDomain) },
    }),
  };
}
