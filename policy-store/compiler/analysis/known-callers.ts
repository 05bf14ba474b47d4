import { CORE_SERVICE } from '../../resources/kinds/core-service.ts';
import { GATEWAY } from '../../resources/kinds/gateway.ts';
import { SERVICE } from '../../resources/kinds/service.ts';
import { WORKLOAD } from '../../resources/kinds/workload.ts';
import type { Resource } from '../../resources/resource.ts';
import type { CompiledMesh } from '../compile-mesh.ts';
import { type Inventory, nameOf } from '../inventory.ts';

/** `mesh.local/ns/shop/sa/cart`, as policies write it. */
export const principalOf = (spiffeId: string): string => spiffeId.slice('spiffe://'.length);

/** Whoever has an identity in this mesh: Workloads, Gateways, and services, which may call as what they answer as. */
export function knownCallers(inventory: Inventory, compiled: CompiledMesh): Map<string, Resource> {
  const documents = (kinds: readonly Parameters<Inventory['of']>[0][]) =>
    new Map(kinds.flatMap((kind) => inventory.of(kind)).map((resource) => [nameOf(resource), resource] as const));
  const [services, gateways, workloads] = [
    documents([CORE_SERVICE, SERVICE]),
    documents([GATEWAY]),
    documents([WORKLOAD]),
  ];
  const named = [
    ...compiled.services.map(
      ({ namespace, name, identity }) => [identity, services.get(`${namespace}/${name}`)] as const,
    ),
    ...compiled.gateways.map(
      ({ namespace, name, identity }) => [identity, gateways.get(`${namespace}/${name}`)] as const,
    ),
    ...compiled.workloads.map(
      ({ namespace, name, spiffeId }) => [spiffeId, workloads.get(`${namespace}/${name}`)] as const,
    ),
  ];
  return new Map(named.flatMap(([id, resource]) => (resource === undefined ? [] : [[principalOf(id), resource]])));
}

/** Namespace and account of a principal of the usual shape. */
export function accountOf(principal: string): { readonly namespace: string; readonly account: string } | undefined {
  const [, namespace, account] = /^[^/]+\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(principal) ?? [];
  return namespace === undefined || account === undefined ? undefined : { namespace, account };
}
