import type { Listener, VirtualHost } from '../../../snapshot/gateway-chunk.ts';
import { GATEWAY, type GatewayListener, type GatewaySpec } from '../../resources/kinds/gateway.ts';
import { HTTP_ROUTE, type HttpRouteSpec, type ParentRef } from '../../resources/kinds/http-route.ts';
import type { Resource } from '../../resources/resource.ts';
import { selects } from '../services/labels.ts';
import { ANY_HOST, hostnameIntersection, moreSpecificFirst } from './hostnames.ts';
import { type CompiledRoute, routeTable } from './route-table.ts';

/** Why a route is not attached (Gateway API RouteConditionReason). */
export interface Rejection {
  readonly reason: 'NoMatchingParent' | 'NotAllowedByListeners' | 'NoMatchingListenerHostname';
  readonly message: string;
}

/** Labels of a namespace, with the one that Kubernetes gives to all. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>>;

interface ListenerRoutes {
  readonly listener: GatewayListener;
  readonly hosts: Map<string, CompiledRoute[]>;
}

/** One Gateway and the routes on its listeners. */
export class GatewayRoutes {
  readonly gateway: Resource<GatewaySpec>;
  readonly #listeners: readonly ListenerRoutes[];

  constructor(gateway: Resource<GatewaySpec>) {
    this.gateway = gateway;
    this.#listeners = gateway.spec.listeners.map((listener) => ({ listener, hosts: new Map() }));
  }

  /** Attaches a route wherever the parentRef and the listeners let it. @returns why it is attached nowhere */
  attach(ref: ParentRef, route: CompiledRoute, labels: NamespaceLabels): Rejection | undefined {
    const { namespace, name } = this.gateway.metadata;
    const title = `Gateway ${namespace}/${name}`;
    const named = this.#listeners.filter(
      ({ listener }) =>
        (ref.sectionName === undefined || listener.name === ref.sectionName) &&
        (ref.port === undefined || listener.port === ref.port),
    );
    if (named.length === 0) {
      const wanted = [ref.sectionName, ref.port].filter((part) => part !== undefined).join(' ');
      return { reason: 'NoMatchingParent', message: `${title} has no listener ${wanted}` };
    }
    const allowed = named.filter(({ listener }) => this.#allows(listener, route.route, labels));
    if (allowed.length === 0) {
      const message = `${title} does not allow HTTPRoutes of namespace ${route.route.metadata.namespace} (allowedRoutes)`;
      return { reason: 'NotAllowedByListeners', message };
    }
    const attached = allowed.filter((entry) => attachHosts(entry, route));
    if (attached.length > 0) return undefined;
    return { reason: 'NoMatchingListenerHostname', message: `no listener of ${title} has a hostname of the route` };
  }

  #allows(listener: GatewayListener, route: Resource<HttpRouteSpec>, labels: NamespaceLabels): boolean {
    const { kinds = [], namespaces } = listener.allowedRoutes ?? {};
    const kindAllowed = kinds.length === 0 || kinds.some(isHttpRoute);
    if (!kindAllowed) return false;
    const { namespace } = route.metadata;
    switch (namespaces?.from ?? 'Same') {
      case 'All':
        return true;
      case 'Same':
        return namespace === this.gateway.metadata.namespace;
      case 'Selector':
        return namespaces?.selector !== undefined && selects(namespaces.selector, labels(namespace));
    }
  }

  /** Kinds in `allowedRoutes` that no listener of this mesh can serve. */
  get unknownKinds(): string[] {
    return this.#listeners.flatMap(({ listener }) =>
      (listener.allowedRoutes?.kinds ?? []).filter((kind) => !isHttpRoute(kind)).map((kind) => kind.kind),
    );
  }

  compile(): Listener[] {
    return this.#listeners.map(({ listener, hosts }) => ({
      name: listener.name,
      port: listener.port,
      protocol: listener.protocol,
      ...(listener.hostname !== undefined && { hostname: listener.hostname }),
      hosts: [...hosts]
        .sort(([a], [b]) => moreSpecificFirst(a, b))
        .map(([hostname, routes]): VirtualHost => ({ hostname, table: routeTable(routes) })),
    }));
  }
}

const isHttpRoute = ({ group = GATEWAY.group, kind }: { group?: string; kind: string }): boolean =>
  group === HTTP_ROUTE.group && kind === HTTP_ROUTE.kind;

/** @returns false when listener and route have no hostname in common */
function attachHosts({ listener, hosts }: ListenerRoutes, route: CompiledRoute): boolean {
  const { hostnames = [] } = route.route.spec;
  const wanted = hostnames.length === 0 ? [ANY_HOST] : hostnames;
  const common = wanted.flatMap((name) => hostnameIntersection(name, listener.hostname ?? ANY_HOST) ?? []);
  for (const hostname of common) {
    const list = hosts.get(hostname);
    if (list === undefined) hosts.set(hostname, [route]);
    else list.push(route);
  }
  return common.length > 0;
}
