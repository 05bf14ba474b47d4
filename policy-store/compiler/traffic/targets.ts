import { GRPC_ROUTE } from '../../resources/kinds/grpc-route.ts';
import { HTTP_ROUTE } from '../../resources/kinds/http-route.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Findings } from '../findings.ts';
import { type Inventory, nameOf } from '../inventory.ts';
import type { Services } from '../services/collect.ts';

export type TargetKind = 'Service' | 'HTTPRoute' | 'GRPCRoute';

/** Whether there is such a Service or route. */
export function targetFinder(inventory: Inventory, services: Services): (kind: TargetKind, key: string) => boolean {
  const routes = new Set(
    [...inventory.of(HTTP_ROUTE), ...inventory.of(GRPC_ROUTE)].map((route) => `${route.kind} ${nameOf(route)}`),
  );
  return (kind, key) => (kind === 'Service' ? services.has(key) : routes.has(`${kind} ${key}`));
}

interface Targeting {
  readonly targetRefs?: readonly { readonly kind: TargetKind; readonly name: string }[];
}

/** Targets of a policy that there are, as `Kind namespace/name`, each once; of the others its condition tells. */
export function knownTargets(
  policy: Resource<Targeting>,
  has: (kind: TargetKind, key: string) => boolean,
  findings: Findings,
): string[] {
  const found = new Set<string>();
  for (const { kind, name } of policy.spec.targetRefs ?? []) {
    const key = `${policy.metadata.namespace}/${name}`;
    if (has(kind, key)) found.add(`${kind} ${key}`);
    else findings.fail(policy, 'ResolvedRefs', 'TargetNotFound', `there is no ${kind} ${key}`);
  }
  return [...found];
}
