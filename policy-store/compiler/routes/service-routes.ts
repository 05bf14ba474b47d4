import type { PortRoutes, ServiceChunk } from '../../../snapshot/chunk.ts';
import type { RouteTable } from '../../../snapshot/route.ts';
import type { ParentRef } from '../../resources/kinds/parent-ref.ts';
import type { Rejection } from '../gateways/listener-entry.ts';
import { nameOf } from '../inventory.ts';
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

  /** GRPCRoutes have to be attached before HTTPRoutes: where one is, no HTTPRoute holds (GAMMA, the more specific kind). */
  attach(service: ServiceFacts, route: CompiledRoute, port: number | undefined): Rejection | undefined {
    const { namespace } = route.route.metadata;
    const list = namespace === service.namespace ? this.#producer : (this.#consumers.get(namespace) ?? []);
    const winner = list.find((other) => other.route.kind !== route.kind && (other.port ?? port) === port);
    if (winner !== undefined) {
      const message = `${winner.route.kind} ${nameOf(winner.route.route)} is attached to Service ${service.namespace}/${service.name} already, and one port has routes of one kind`;
      return { reason: 'Conflicted', message };
    }
    list.push({ route, port });
    if (list !== this.#producer) this.#consumers.set(namespace, list);
    return undefined;
  }

  compile(): Pick<ServiceChunk, 'routes' | 'consumerRoutes'> {
    return {
      routes: rememberedPortRoutes(this.#producer),
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

/** Of the routes that stood first. */
const remembered = new WeakMap<
  CompiledRoute,
  { readonly attached: readonly Attachment[]; readonly routes: PortRoutes }
>();

/** The very tables of the last time when the very same routes are attached. */
function rememberedPortRoutes(attached: readonly Attachment[]): PortRoutes {
  const [first] = attached;
  const before = first && remembered.get(first.route);
  if (before !== undefined && sameAttachments(before.attached, attached)) return before.routes;
  const routes = portRoutes(attached);
  if (first !== undefined) remembered.set(first.route, { attached, routes });
  return routes;
}

const sameAttachments = (a: readonly Attachment[], b: readonly Attachment[]): boolean =>
  a.length === b.length && a.every(({ route, port }, n) => route === b[n]?.route && port === b[n].port);

/** A named port has the routes that name it and those that name none. */
function portRoutes(attached: readonly Attachment[]): PortRoutes {
  const tableOf = (entries: readonly Attachment[]): RouteTable => {
    const grpc = entries.filter(({ route }) => route.kind === 'GRPCRoute');
    return routeTable((grpc.length > 0 ? grpc : entries).map(({ route }) => route));
  };
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
