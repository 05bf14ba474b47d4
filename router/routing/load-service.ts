import type { CompiledPolicies } from '../authorization/compile.ts';
import type { MaybePromise } from '../exchange.ts';
import type { Addressed, PinnedSnapshot } from '../facts.ts';

/** As much of a snapshot as routing reads. */
export type RoutingSnapshot = Pick<PinnedSnapshot, 'mesh' | 'service' | 'policies'>;

/** A service with the wider policies that hold for it; undefined when there is no such service. Synchronous when warm. */
export function loadService(
  snapshot: RoutingSnapshot,
  namespace: string,
  name: string,
): MaybePromise<Addressed | undefined> {
  const service = snapshot.service(namespace, name);
  const root = snapshot.mesh.rootNamespace;
  const meshWide = snapshot.policies(root);
  const namespaceWide = namespace === root ? undefined : snapshot.policies(namespace);
  if (service instanceof Promise || meshWide instanceof Promise || namespaceWide instanceof Promise) {
    return Promise.all([service, meshWide, namespaceWide]).then(([one, ...policies]) => addressed(one, policies));
  }
  return addressed(service, [meshWide, namespaceWide]);
}

const addressed = (
  service: Addressed['service'] | undefined,
  widerPolicies: readonly (CompiledPolicies | undefined)[],
): Addressed | undefined => service && { service, widerPolicies };

/** Goes on at once with a value that is there, later with one that is not: no promise on the warm path. */
export function andThen<In, Out>(value: MaybePromise<In>, go: (value: In) => MaybePromise<Out>): MaybePromise<Out> {
  return value instanceof Promise ? value.then(go) : go(value);
}
