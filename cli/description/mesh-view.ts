import { type CompiledMesh, compileMesh } from '../../policy-store/compiler/index.ts';
import type { GrpcRouteSpec } from '../../policy-store/resources/kinds/grpc-route.ts';
import type { HttpRouteSpec } from '../../policy-store/resources/kinds/http-route.ts';
import type { Resource } from '../../policy-store/resources/resource.ts';
import type { PortRoutes, ServiceChunk } from '../../snapshot/chunk.ts';
import type { GatewayChunk } from '../../snapshot/gateway-chunk.ts';
import type { RouteRule, RouteTable, RuleId } from '../../snapshot/route.ts';

/** A route of either kind. */
export type Route = Resource<HttpRouteSpec | GrpcRouteSpec>;

/**
 * All documents of a mesh, with their status, and what they compile to: what belongs to what is asked of the same
 * compiler that the policy store asks.
 */
export class MeshView {
  readonly resources: readonly Resource[];
  readonly compiled: CompiledMesh;
  readonly #rules = new Map<string, RouteRule>();

  constructor(resources: readonly Resource[]) {
    this.resources = resources;
    // The store has judged the addresses already, whatever its mode.
    this.compiled = compileMesh(resources, { dev: true });
    for (const table of this.#tables()) for (const rule of table.rules) this.#rules.set(keyOf(rule.id), rule);
  }

  get routes(): readonly Route[] {
    return this.ofKind('HTTPRoute', 'GRPCRoute') as readonly Route[];
  }

  ofKind(...kinds: readonly string[]): readonly Resource[] {
    return this.resources.filter(({ kind }) => kinds.includes(kind));
  }

  service(namespace: string, name: string): ServiceChunk | undefined {
    return this.compiled.services.find((service) => service.namespace === namespace && service.name === name);
  }

  gateway(namespace: string, name: string): GatewayChunk | undefined {
    return this.compiled.gateways.find((gateway) => gateway.namespace === namespace && gateway.name === name);
  }

  /** A rule as routers have it; undefined when its route is attached nowhere. */
  rule(route: Route, index: number): RouteRule | undefined {
    const { namespace, name } = route.metadata;
    return this.#rules.get(keyOf({ kind: route.kind as RuleId['kind'], namespace, name, rule: index }));
  }

  *#tables(): Iterable<RouteTable> {
    for (const { routes, consumerRoutes } of this.compiled.services) {
      for (const ports of [routes, ...Object.values(consumerRoutes)]) yield* tablesOf(ports);
    }
    for (const { listeners } of this.compiled.gateways) {
      for (const { hosts } of listeners) for (const { table } of hosts) yield table;
    }
  }
}

const tablesOf = ({ default: table, byPort }: PortRoutes): RouteTable[] => [
  ...(table === null ? [] : [table]),
  ...Object.values(byPort),
];

const keyOf = ({ kind, namespace, name, rule }: RuleId): string => `${kind}/${namespace}/${name}/${rule}`;
