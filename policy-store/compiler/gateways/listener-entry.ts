import type { Listener, ListenerCertificate, VirtualHost } from '../../../snapshot/gateway-chunk.ts';
import { GATEWAY } from '../../resources/kinds/gateway.ts';
import type { GatewayListener } from '../../resources/kinds/listener.ts';
import type { Condition, ListenerStatus, Resource } from '../../resources/resource.ts';
import { conditionsFrom, type Verdict } from '../findings.ts';
import { ANY_HOST, hostnameIntersection, moreSpecificFirst } from '../routes/hostnames.ts';
import { type CompiledRoute, routeTable } from '../routes/route-table.ts';

const ROUTE_KINDS: readonly string[] = ['HTTPRoute', 'GRPCRoute'];

/** Why a route is not attached (Gateway API RouteConditionReason). */
export interface Rejection {
  readonly reason: 'NoMatchingParent' | 'NotAllowedByListeners' | 'NoMatchingListenerHostname' | 'Conflicted';
  readonly message: string;
}

/** One listener, whether its Gateway or a ListenerSet has it, and the routes on it. */
export class ListenerEntry {
  readonly owner: Resource;
  readonly spec: GatewayListener;
  /** What is wrong with it, by condition. `Conflicted` holds when there is one. */
  readonly failed: { Accepted?: Verdict; Conflicted?: Verdict; ResolvedRefs?: Verdict } = {};
  certificates: readonly ListenerCertificate[] = [];
  readonly #hosts = new Map<string, CompiledRoute[]>();
  readonly #attached = new Set<Resource>();
  readonly #attachedKinds = new Set<string>();

  constructor(owner: Resource, spec: GatewayListener) {
    this.owner = owner;
    this.spec = spec;
    const unknown = (spec.allowedRoutes?.kinds ?? []).filter((kind) => !isRouteKind(kind)).map(({ kind }) => kind);
    if (unknown.length > 0) {
      const message = `listener ${spec.name} can not serve routes of kind ${unknown.join(', ')}`;
      this.failed.ResolvedRefs = { reason: 'InvalidRouteKinds', message };
    }
    if (spec.protocol !== 'HTTP' && spec.protocol !== 'HTTPS') {
      const message = `listener ${spec.name} has protocol ${spec.protocol}: only HTTP and HTTPS are served`;
      this.failed.Accepted = { reason: 'UnsupportedProtocol', message };
    }
  }

  /** Kinds of routes that may attach. */
  get kinds(): readonly string[] {
    if (this.failed.Accepted !== undefined) return [];
    const { kinds = [] } = this.spec.allowedRoutes ?? {};
    return kinds.length === 0 ? ROUTE_KINDS : kinds.filter(isRouteKind).map(({ kind }) => kind);
  }

  /** Whether requests that arrive for it are answered by its routes. */
  get served(): boolean {
    const { Accepted, Conflicted } = this.failed;
    if (Accepted !== undefined || Conflicted !== undefined) return false;
    return this.spec.protocol === 'HTTP' || this.certificates.length > 0;
  }

  /** Attaches a route under every hostname that both have. @returns why it can not be */
  attach(route: CompiledRoute): Rejection | undefined {
    const { hostnames = [] } = route.route.spec;
    const wanted = hostnames.length === 0 ? [ANY_HOST] : hostnames;
    const common = wanted.flatMap((name) => hostnameIntersection(name, this.spec.hostname ?? ANY_HOST) ?? []);
    if (common.length === 0) {
      return { reason: 'NoMatchingListenerHostname', message: `listener ${this.spec.name} has none of its hostnames` };
    }
    const other = this.#otherKind(route, common);
    if (other !== undefined) {
      const { namespace, name } = other.route.metadata;
      const message = `${other.kind} ${namespace}/${name} has a hostname of the route on listener ${this.spec.name}, and one hostname has routes of one kind`;
      return { reason: 'Conflicted', message };
    }
    for (const hostname of common) {
      const list = this.#hosts.get(hostname);
      if (list === undefined) this.#hosts.set(hostname, [route]);
      else list.push(route);
    }
    this.#attached.add(route.route);
    this.#attachedKinds.add(route.kind);
    return undefined;
  }

  /** Routes are attached in the order of their age: whose kind is there first has the hostname (Gateway API). */
  #otherKind(route: CompiledRoute, hostnames: readonly string[]): CompiledRoute | undefined {
    // Looking through all hostnames for every route would take long where thousands are attached.
    if (ROUTE_KINDS.every((kind) => kind === route.kind || !this.#attachedKinds.has(kind))) return undefined;
    for (const [hostname, routes] of this.#hosts) {
      const other = routes.find(({ kind }) => kind !== route.kind);
      if (other === undefined) continue;
      if (hostnames.some((name) => hostnameIntersection(name, hostname) !== undefined)) return other;
    }
    return undefined;
  }

  /** Undefined: it is not served. */
  compile(): Listener | undefined {
    const { name, port, protocol, hostname } = this.spec;
    if (!this.served || (protocol !== 'HTTP' && protocol !== 'HTTPS')) return undefined;
    const { namespace, name: set } = this.owner.metadata;
    return {
      // Names are told apart within one Gateway or ListenerSet only.
      name: this.owner.kind === GATEWAY.kind ? name : `${namespace}/${set}/${name}`,
      port,
      protocol,
      ...(protocol === 'HTTPS' && { certificates: this.certificates }),
      ...(hostname !== undefined && { hostname }),
      hosts: [...this.#hosts]
        .sort(([a], [b]) => moreSpecificFirst(a, b))
        .map(([host, routes]): VirtualHost => ({ hostname: host, table: routeTable(routes) })),
    };
  }

  get status(): ListenerStatus {
    return {
      name: this.spec.name,
      supportedKinds: this.kinds.map((kind) => ({ group: GATEWAY.group, kind })),
      attachedRoutes: this.#attached.size,
      conditions: this.#conditions(),
    };
  }

  #conditions(): Condition[] {
    const { Accepted, Conflicted, ResolvedRefs } = this.failed;
    const { generation } = this.owner.metadata;
    const accepted = Accepted ?? Conflicted;
    const programmed = this.served ? undefined : { reason: 'Invalid', message: 'not served' };
    const conflicted: Condition = {
      type: 'Conflicted',
      status: Conflicted === undefined ? 'False' : 'True',
      reason: Conflicted?.reason ?? 'NoConflicts',
      message: Conflicted?.message ?? '',
      ...(generation !== undefined && { observedGeneration: generation }),
    };
    const failed = { Accepted: accepted, ResolvedRefs, Programmed: programmed };
    return [...conditionsFrom(failed, generation), conflicted];
  }
}

const isRouteKind = ({ group = GATEWAY.group, kind }: { group?: string; kind: string }): boolean =>
  group === GATEWAY.group && ROUTE_KINDS.includes(kind);
