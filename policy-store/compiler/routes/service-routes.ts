import type { PortRoutes, ServiceChunk } from '../../../snapshot/chunk.ts';
import type { RouteTable } from '../../../snapshot/route.ts';
import type { ParentRef } from '../../resources/kinds/http-route.ts';
import type { ServiceFacts } from '../services/collect.ts';
import { type CompiledRoute, routeTable } from './route-table.ts';

interface Attachment {
  readonly route: CompiledRoute;
  /** Undefined: every port. */
  readonly port: number | undefined;
}

/** Routes whose parent is one Service (GAMMA): of its own namespace for all callers, of others for callers there. */
export class ServiceRoutes {
  readonly #producer: Attachment[] = [];
  readonly #consumers = new Map<string, Attachment[]>();

  attach(service: ServiceFacts, route: CompiledRoute, port: number | undefined): void {
    const { namespace } = route.route.metadata;
    if (namespace === service.namespace) {
      this.#producer.push({ route, port });
    } else {
      const list = this.#consumers.get(namespace) ?? [];
      list.push({ route, port });
      this.#consumers.set(namespace, list);
    }
  }

  compile(): Pick<ServiceChunk, 'routes' | 'consumerRoutes'> {
    return {
      routes: portRoutes(this.#producer),
      consumerRoutes: Object.fromEntries(
        [...this.#consumers].map(([namespace, list]) => [namespace, portRoutes(list)]),
      ),
    };
  }
}

export const NO_ROUTES: Pick<ServiceChunk, 'routes' | 'consumerRoutes'> = {
  routes: { default: null, byPort: {} },
  consumerRoutes: {},
};

/** A named port has the routes that name it and those that name none. */
function portRoutes(attached: readonly Attachment[]): PortRoutes {
  const tableOf = (entries: readonly Attachment[]): RouteTable => routeTable(entries.map((entry) => entry.route));
  const everyPort = attached.filter((entry) => entry.port === undefined);
  const ports = new Set(attached.flatMap((entry) => entry.port ?? []));
  return {
    default: everyPort.length > 0 ? tableOf(everyPort) : null,
    byPort: Object.fromEntries(
      [...ports].map((port) => [port, tableOf(attached.filter((e) => e.port === undefined || e.port === port))]),
    ),
  };
}

/** The ports that a parentRef means; why it means none, when it does. A sectionName is the name of a port. */
export function parentPort(ref: ParentRef, service: ServiceFacts): { port: number | undefined } | { problem: string } {
  const { port, sectionName } = ref;
  if (port === undefined && sectionName === undefined) return { port: undefined };
  const found = service.ports.find(
    (entry) => (port === undefined || entry.port === port) && (sectionName === undefined || entry.name === sectionName),
  );
  if (found !== undefined) return { port: found.port };
  const wanted = [port, sectionName].filter((part) => part !== undefined).join(' ');
  return { problem: `Service ${service.namespace}/${service.name} has no port ${wanted}` };
}
