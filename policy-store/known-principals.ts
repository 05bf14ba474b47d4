import type { KnownPrincipal } from '../snapshot/inquiry.ts';
import type { CompiledMesh } from './compiler/index.ts';

/** Identities that the documents give out, each with the documents that do. */
export function knownPrincipals({ workloads, services, gateways }: CompiledMesh): KnownPrincipal[] {
  const holders = new Map<string, string[]>();
  const add = (id: string, holder: string): void => {
    if (id !== '') holders.set(id, [...(holders.get(id) ?? []), holder]);
  };
  for (const { spiffeId, namespace, name } of workloads) add(spiffeId, `Workload ${namespace}/${name}`);
  for (const { identity, namespace, name } of services) add(identity, `Service ${namespace}/${name}`);
  for (const { identity, namespace, name } of gateways) add(identity, `Gateway ${namespace}/${name}`);
  return [...holders].map(([id, of]) => ({ id, of }));
}

/**
 * The SPIFFE ID that a question means.
 * @param named a SPIFFE ID, or `namespace/name` of a Workload, else a Service, else a Gateway
 * @returns undefined: there is no such document
 */
export function principalNamed(named: string, { workloads, services, gateways }: CompiledMesh): string | undefined {
  if (named.startsWith('spiffe://')) return named;
  const is = ({ namespace, name }: { readonly namespace: string; readonly name: string }): boolean =>
    `${namespace}/${name}` === named;
  return workloads.find(is)?.spiffeId ?? services.find(is)?.identity ?? gateways.find(is)?.identity;
}
