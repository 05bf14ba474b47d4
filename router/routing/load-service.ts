import type { CompiledPolicies } from '../authorization/compile.ts';
import type { MaybePromise } from '../exchange.ts';
import type { Addressed, PinnedSnapshot } from '../facts.ts';

/** As much of a snapshot as routing reads. */
export type RoutingSnapshot = Pick<PinnedSnapshot, 'mesh' | 'service' | 'policies' | 'known'>;

/** A service with the wider policies that hold for it; undefined when there is no such service. Synchronous when warm. */
export function loadService(
  snapshot: RoutingSnapshot,
  namespace: string,
  name: string,
): MaybePromise<Addressed | undefined> {
  const known = snapshot.known?.get(namespace, name);
  if (known !== undefined) return known;
  const service = snapshot.service(namespace, name);
  const root = snapshot.mesh.rootNamespace;
  const meshWide = snapshot.policies(root);
  const namespaceWide = namespace === root ? undefined : snapshot.policies(namespace);
  if (service instanceof Promise || meshWide instanceof Promise || namespaceWide instanceof Promise) {
    return Promise.all([service, meshWide, namespaceWide]).then(([one, ...policies]) =>
      addressed(snapshot, one, policies),
    );
  }
  return addressed(snapshot, service, [meshWide, namespaceWide]);
}

function addressed(
  { known }: RoutingSnapshot,
  service: Addressed['service'] | undefined,
  widerPolicies: readonly (CompiledPolicies | undefined)[],
): Addressed | undefined {
  if (service === undefined) return undefined;
  const found = { service, widerPolicies };
  known?.set(service.chunk.namespace, service.chunk.name, found);
  return found;
}

/** Goes on at once with a value that is there, later with one that is not: no promise on the warm path. */
export function andThen<In, Out>(value: MaybePromise<In>, go: (value: In) => MaybePromise<Out>): MaybePromise<Out> {
  return value instanceof Promise ? value.then(go) : go(value);
}
