import type { StickyKey } from '../../../snapshot/route.ts';
import { GATEWAY, type GatewaySpec } from '../../resources/kinds/gateway.ts';
import { GRPC_ROUTE } from '../../resources/kinds/grpc-route.ts';
import { HTTP_ROUTE } from '../../resources/kinds/http-route.ts';
import { LISTENER_SET, type ListenerSetSpec } from '../../resources/kinds/listener-set.ts';
import type { ParentRef } from '../../resources/kinds/parent-ref.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Findings } from '../findings.ts';
import { allowsNamespace, type NamespaceLabels, namespaceLabels } from '../gateways/allowed-namespaces.ts';
import { Certificates } from '../gateways/certificates.ts';
import { GatewayListeners } from '../gateways/gateway-listeners.ts';
import type { Rejection } from '../gateways/listener-entry.ts';
import { type Inventory, isServiceRef, nameOf, olderFirst } from '../inventory.ts';
import type { Services } from '../services/collect.ts';
import type { BoundTraffic } from '../traffic/bind-traffic.ts';
import { type HttpOrGrpcRoute, isGrpc, type RouteCompiler } from './compile-route.ts';
import type { ReferenceGrants } from './reference-grants.ts';
import type { CompiledRoute } from './route-table.ts';
import { RouteVerdicts } from './route-verdicts.ts';
import { parentPort, ServiceRoutes } from './service-routes.ts';

/** What routes are attached with. */
export interface AttachInput {
  readonly inventory: Inventory;
  readonly services: Services;
  readonly grants: ReferenceGrants;
  readonly traffic: BoundTraffic;
  readonly compiler: RouteCompiler;
  readonly findings: Findings;
}

/** Routes where they hold. Keys are `namespace/name`. */
export interface AttachedRoutes {
  readonly services: ReadonlyMap<string, ServiceRoutes>;
  readonly gateways: ReadonlyMap<string, GatewayListeners>;
}

export function attachRoutes(input: AttachInput): AttachedRoutes {
  const { inventory, findings } = input;
  const attacher = new Attacher(input);
  const routes: HttpOrGrpcRoute[] = [...inventory.of(HTTP_ROUTE), ...inventory.of(GRPC_ROUTE)];
  const verdicts = new Map(routes.map((route) => [route, new RouteVerdicts(route)]));
  // On a listener the older of two kinds has a hostname, on a Service the more specific kind has a port.
  for (const route of [...routes].sort(olderFirst)) attacher.toListeners(route, verdicts.get(route));
  const grpcFirst = [...routes].sort((a, b) => Number(isGrpc(b)) - Number(isGrpc(a)));
  for (const route of grpcFirst) attacher.toServices(route, verdicts.get(route));
  for (const route of routes) verdicts.get(route)?.report(findings);
  return attacher;
}

const isServiceParent = (ref: ParentRef): boolean => ref.kind === 'Service' && isServiceRef(ref);

const parentKey = (ref: ParentRef, route: Resource): string =>
  `${ref.namespace ?? route.metadata.namespace}/${ref.name}`;

class Attacher implements AttachedRoutes {
  readonly services = new Map<string, ServiceRoutes>();
  readonly gateways = new Map<string, GatewayListeners>();
  readonly #sets: ReadonlyMap<string, Resource<ListenerSetSpec>>;
  readonly #input: AttachInput;
  readonly #labels: NamespaceLabels;

  constructor(input: AttachInput) {
    const { inventory, grants } = input;
    this.#input = input;
    this.#labels = namespaceLabels(inventory);
    const certificates = new Certificates(inventory, grants);
    const gateways = new Map(inventory.of(GATEWAY).map((gateway) => [nameOf(gateway), gateway]));
    const sets = inventory.of(LISTENER_SET).filter((set) => this.#isAllowed(set, gateways.get(gatewayOf(set))));
    this.#sets = new Map(sets.map((set) => [nameOf(set), set]));
    for (const [key, gateway] of gateways) {
      const own = sets.filter((set) => gatewayOf(set) === key);
      this.gateways.set(key, new GatewayListeners(gateway, own, certificates));
    }
  }

  #isAllowed(set: Resource<ListenerSetSpec>, gateway: Resource<GatewaySpec> | undefined): boolean {
    const { findings } = this.#input;
    if (gateway === undefined) {
      findings.reject(set, 'ParentNotAccepted', `there is no Gateway ${gatewayOf(set)}`);
      return false;
    }
    const { namespaces = {} } = gateway.spec.allowedListeners ?? {};
    if (allowsNamespace(namespaces, gateway.metadata.namespace, set.metadata.namespace, this.#labels)) return true;
    const message = `Gateway ${nameOf(gateway)} does not allow ListenerSets of namespace ${set.metadata.namespace} (allowedListeners)`;
    findings.reject(set, 'NotAllowed', message);
    return false;
  }

  toListeners(route: HttpOrGrpcRoute, verdicts: RouteVerdicts | undefined): void {
    const parents = (route.spec.parentRefs ?? []).filter((ref) => !isServiceParent(ref));
    if (parents.length === 0) return;
    const compiled = this.#input.compiler.compile(route, new Set());
    for (const ref of parents) verdicts?.set(ref, compiled.problems, this.#toListeners(ref, compiled));
  }

  #toListeners(ref: ParentRef, compiled: CompiledRoute): Rejection | undefined {
    const { group = GATEWAY.group, kind = 'Gateway' } = ref;
    const key = parentKey(ref, compiled.route);
    const set = kind === 'ListenerSet' && group === GATEWAY.group ? this.#sets.get(key) : undefined;
    const isGateway = kind === 'Gateway' && group === GATEWAY.group;
    const listeners = set === undefined ? isGateway && this.gateways.get(key) : this.gateways.get(gatewayOf(set));
    if (!listeners) {
      return {
        reason: 'NoMatchingParent',
        message: `there is no ${kind} ${key} of group "${group}" that takes routes`,
      };
    }
    return listeners.attach(ref, set ?? listeners.gateway, compiled, this.#labels);
  }

  toServices(route: HttpOrGrpcRoute, verdicts: RouteVerdicts | undefined): void {
    const { parentRefs = [], hostnames } = route.spec;
    const parents = parentRefs.filter(isServiceParent);
    if (parents.length === 0) return;
    // A route for a Service may send to that Service: whoever wrote it could call it anyway, and its policies hold.
    const permitted = new Set(parents.map((ref) => parentKey(ref, route)));
    const compiled = this.#input.compiler.compile(route, permitted);
    for (const ref of parents) verdicts?.set(ref, compiled.problems, this.#toService(ref, compiled));
    if (hostnames !== undefined && parents.length === parentRefs.length) {
      const message = 'do not count for a Service: its own name does';
      this.#input.findings.warn(route, 'spec.hostnames', 'hostnames-ignored', message);
    }
  }

  #toService(ref: ParentRef, compiled: CompiledRoute): Rejection | undefined {
    const key = parentKey(ref, compiled.route);
    const service = this.#input.services.get(key);
    if (service === undefined) return { reason: 'NoMatchingParent', message: `there is no Service ${key}` };
    const place = parentPort(ref, service);
    if ('problem' in place) return { reason: 'NoMatchingParent', message: place.problem };
    const routes = this.services.get(key) ?? new ServiceRoutes();
    this.services.set(key, routes);
    return routes.attach(service, withSticky(compiled, this.#input.traffic.stickyOf(key)), place.port);
  }
}

const gatewayOf = ({ metadata, spec }: Resource<ListenerSetSpec>): string =>
  `${spec.parentRef.namespace ?? metadata.namespace}/${spec.parentRef.name}`;

/** The parent's choice holds for rules whose route has none. */
const withSticky = (compiled: CompiledRoute, sticky: StickyKey | undefined): CompiledRoute =>
  sticky === undefined
    ? compiled
    : { ...compiled, rules: compiled.rules.map((rule) => ({ ...rule, sticky: rule.sticky ?? sticky })) };
