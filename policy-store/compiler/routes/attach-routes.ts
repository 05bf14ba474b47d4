import { GATEWAY } from '../../resources/kinds/gateway.ts';
import { HTTP_ROUTE, type HttpRouteSpec, type ParentRef } from '../../resources/kinds/http-route.ts';
import { NAMESPACE } from '../../resources/kinds/namespace.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Findings } from '../findings.ts';
import { type Inventory, nameOf } from '../inventory.ts';
import type { Services } from '../services/collect.ts';
import { isServiceRef } from './compile-backends.ts';
import type { RouteCompiler } from './compile-route.ts';
import { GatewayRoutes, type NamespaceLabels, type Rejection } from './gateway-routes.ts';
import type { CompiledRoute } from './route-table.ts';
import { parentPort, ServiceRoutes } from './service-routes.ts';

/** Routes where they hold. Keys are `namespace/name`. */
export interface AttachedRoutes {
  readonly services: ReadonlyMap<string, ServiceRoutes>;
  readonly gateways: ReadonlyMap<string, GatewayRoutes>;
}

export function attachRoutes(
  inventory: Inventory,
  services: Services,
  compiler: RouteCompiler,
  findings: Findings,
): AttachedRoutes {
  const attacher = new Attacher(inventory, services, findings);
  for (const route of inventory.of(HTTP_ROUTE)) attacher.attach(route, compiler);
  return attacher;
}

const isServiceParent = (ref: ParentRef): boolean => ref.kind === 'Service' && isServiceRef(ref);

class Attacher implements AttachedRoutes {
  readonly services = new Map<string, ServiceRoutes>();
  readonly gateways: Map<string, GatewayRoutes>;
  readonly #known: Services;
  readonly #findings: Findings;
  readonly #labels: NamespaceLabels;

  constructor(inventory: Inventory, services: Services, findings: Findings) {
    this.#known = services;
    this.#findings = findings;
    this.gateways = new Map(inventory.of(GATEWAY).map((gateway) => [nameOf(gateway), new GatewayRoutes(gateway)]));
    const labels = new Map(inventory.of(NAMESPACE).map(({ metadata }) => [metadata.name, metadata.labels]));
    this.#labels = (namespace) => ({ ...labels.get(namespace), 'kubernetes.io/metadata.name': namespace });
  }

  attach(route: Resource<HttpRouteSpec>, compiler: RouteCompiler): void {
    const { parentRefs = [], hostnames } = route.spec;
    const parents = parentRefs.map((ref) => `${ref.namespace ?? route.metadata.namespace}/${ref.name}`);
    // A route for a Service may send to that Service: whoever wrote it could call it anyway, and its policies hold.
    const permitted = new Set(parents.filter((_, i) => isServiceParent(parentRefs[i] as ParentRef)));
    const onServices = permitted.size > 0 ? compiler.compile(route, permitted) : undefined;
    const onGateways = permitted.size < parents.length ? compiler.compile(route, new Set()) : undefined;
    const rejections = parentRefs.flatMap((ref, i) => {
      const key = parents[i] ?? '';
      const compiled = isServiceParent(ref) ? onServices : onGateways;
      if (compiled === undefined) return [];
      const rejection = isServiceParent(ref)
        ? this.#toService(ref, key, compiled)
        : this.#toGateway(ref, key, compiled);
      return rejection ?? [];
    });
    if (permitted.size > 0 && hostnames !== undefined && permitted.size === new Set(parents).size) {
      this.#findings.warn(
        route,
        'spec.hostnames',
        'hostnames-ignored',
        'do not count for a Service: its own name does',
      );
    }
    this.#judge(route, rejections, parentRefs.length);
  }

  /** A route that some parents take is in force there; that others do not is still said. */
  #judge(route: Resource<HttpRouteSpec>, rejections: readonly Rejection[], parents: number): void {
    if (parents === 0) {
      this.#findings.reject(route, 'NoMatchingParent', 'the route has no parentRefs: it is attached nowhere');
    }
    for (const { reason, message } of rejections) {
      if (rejections.length === parents) this.#findings.reject(route, reason, message);
      else this.#findings.fail(route, 'Accepted', reason, message);
    }
  }

  #toService(ref: ParentRef, key: string, compiled: CompiledRoute): Rejection | undefined {
    const service = this.#known.get(key);
    if (service === undefined) return { reason: 'NoMatchingParent', message: `there is no Service ${key}` };
    const place = parentPort(ref, service);
    if ('problem' in place) return { reason: 'NoMatchingParent', message: place.problem };
    const routes = this.services.get(key) ?? new ServiceRoutes();
    routes.attach(service, compiled, place.port);
    this.services.set(key, routes);
    return undefined;
  }

  #toGateway(ref: ParentRef, key: string, compiled: CompiledRoute): Rejection | undefined {
    const { group = GATEWAY.group, kind = 'Gateway' } = ref;
    const gateway = kind === 'Gateway' && group === GATEWAY.group ? this.gateways.get(key) : undefined;
    if (gateway === undefined)
      return { reason: 'NoMatchingParent', message: `there is no ${kind} ${key} of group "${group}"` };
    return gateway.attach(ref, compiled, this.#labels);
  }
}
