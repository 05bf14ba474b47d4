import type { PortRoutes, ServiceChunk } from '../../snapshot/chunk.ts';
import { completeTraffic } from '../../snapshot/traffic-defaults.ts';
import { type CompiledPolicies, compilePolicies } from '../authorization/compile.ts';
import { type CompiledTable, compileRouteTable } from '../routing/compile.ts';

/** One service of the mesh, compiled and ready to decide. */
export interface LoadedService {
  /** `namespace/name`. */
  readonly key: string;
  readonly chunk: ServiceChunk;
  /** Policies bound to the service itself. */
  readonly policies: CompiledPolicies;
  /**
   * The routes that hold for a caller at a port. Consumer routes of the caller's namespace replace the others where
   * they say anything about the port. Null: no route is attached, the plain service.
   */
  routesFor(port: number, callerNamespace: string | undefined): CompiledTable | null;
}

interface CompiledRoutes {
  readonly byPort: ReadonlyMap<number, CompiledTable>;
  readonly others: CompiledTable | null;
}

export function loadService(chunk: ServiceChunk): LoadedService {
  const producer = compileRoutes(chunk.routes);
  const consumers = new Map(
    Object.entries(chunk.consumerRoutes).map(([namespace, routes]) => [namespace, compileRoutes(routes)]),
  );
  return {
    key: `${chunk.namespace}/${chunk.name}`,
    chunk: { ...chunk, traffic: completeTraffic(chunk.traffic) },
    policies: compilePolicies(chunk.policies, chunk.users),
    routesFor(port, callerNamespace) {
      const consumer = callerNamespace === undefined ? undefined : consumers.get(callerNamespace);
      return (consumer && tableAt(consumer, port)) ?? tableAt(producer, port);
    },
  };
}

const tableAt = (routes: CompiledRoutes, port: number): CompiledTable | null =>
  routes.byPort.get(port) ?? routes.others;

const compileRoutes = (routes: PortRoutes): CompiledRoutes => ({
  byPort: new Map(Object.entries(routes.byPort).map(([port, table]) => [Number(port), compileRouteTable(table)])),
  others: routes.default && compileRouteTable(routes.default),
});
