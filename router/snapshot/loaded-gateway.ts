import type { GatewayChunk, Listener } from '../../snapshot/gateway-chunk.ts';
import { type CompiledPolicies, compilePolicies } from '../authorization/compile.ts';
import { type CompiledTable, compileRouteTable } from '../routing/compile.ts';

/** One Gateway, compiled and ready to decide. */
export interface LoadedGateway {
  /** `namespace/name`. */
  readonly key: string;
  readonly chunk: GatewayChunk;
  /** Policies that target the Gateway. */
  readonly policies: CompiledPolicies;
  readonly listeners: readonly LoadedListener[];
}

export interface LoadedListener {
  readonly listener: Listener;
  /** Most specific hostname first. */
  readonly hosts: readonly { readonly hostname: string; readonly table: CompiledTable }[];
}

/** Compiles a Gateway: handed in by whoever serves them, so that routers are without it. */
export type LoadGateway = (chunk: GatewayChunk) => LoadedGateway;

export function loadGateway(chunk: GatewayChunk): LoadedGateway {
  return {
    key: `${chunk.namespace}/${chunk.name}`,
    chunk,
    policies: compilePolicies(chunk.policies, chunk.users),
    listeners: chunk.listeners.map((listener) => ({
      listener,
      hosts: listener.hosts.map(({ hostname, table }) => ({ hostname, table: compileRouteTable(table) })),
    })),
  };
}
