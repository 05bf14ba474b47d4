import { onlyKnown } from './known-fields.ts';
import { listOf, type Names } from './names.ts';
import type { TrafficTarget } from './traffic-input.ts';

/** A service or gateway that a policy is for. Policies hold in their own namespace. */
export function localTarget(name: string, from: string, where: string, names: Names) {
  const { namespace, ...reference } = names.reference(name, from, where);
  if (namespace === undefined) return reference;
  throw new TypeError(`${where}: ${name} is in another namespace: name the policy "${namespace}/..." to put it there`);
}

/** Services and routes that a policy is for. */
export const trafficTargets = (
  on: TrafficTarget<string, string> | readonly TrafficTarget<string, string>[],
  from: string,
  where: string,
  names: Names,
) =>
  listOf<TrafficTarget<string, string>>(on).map((entry) => {
    if (typeof entry === 'string') return { ...localTarget(entry, from, where, names), kind: 'Service' as const };
    onlyKnown(where, entry, { route: true });
    const { name } = names.route(entry.route, where);
    return { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name } as const;
  });
