import type { RouteRule, RuleId } from '../../../snapshot/route.ts';
import { GRPC_ROUTE, type GrpcRouteSpec } from '../../resources/kinds/grpc-route.ts';
import type { HttpRouteRule, HttpRouteSpec } from '../../resources/kinds/http-route.ts';
import type { Resource } from '../../resources/resource.ts';
import { milliseconds } from '../../resources/schema/duration.ts';
import { nameOf } from '../inventory.ts';
import type { Services } from '../services/collect.ts';
import { type BoundTraffic, type RouteTraffic, timeoutsOf } from '../traffic/bind-traffic.ts';
import { BackendResolver } from './compile-backends.ts';
import { compileGrpcMatches } from './compile-grpc-matches.ts';
import { compileMatches } from './compile-matches.ts';
import type { ReferenceGrants } from './reference-grants.ts';
import { type RouteMesh, remembering } from './remembered-routes.ts';
import type { BackendProblem } from './resolved-backend.ts';
import type { CompiledRoute } from './route-table.ts';
import { sessionOf } from './session.ts';

export type HttpOrGrpcRoute = Resource<HttpRouteSpec> | Resource<GrpcRouteSpec>;

/** The schema of a GRPCRoute's rule is a part of this, matches apart. */
type RuleSpec = Omit<HttpRouteRule, 'matches'>;

export const isGrpc = (route: HttpOrGrpcRoute): route is Resource<GrpcRouteSpec> => route.kind === GRPC_ROUTE.kind;

/** Compiles the rules of routes; what they refer to is known. */
export class RouteCompiler {
  readonly #mesh: RouteMesh;

  constructor(services: Services, grants: ReferenceGrants, traffic: BoundTraffic) {
    const { fault, forRoute } = traffic;
    this.#mesh = { services, grants, fault, forRoute };
  }

  /** @param permitted services of other namespaces that the route may send to without a grant */
  compile(route: HttpOrGrpcRoute, permitted: ReadonlySet<string>): CompiledRoute {
    return remembering(route, [...permitted].join(' '), this.#mesh, (mesh) => compileRoute(route, permitted, mesh));
  }
}

function compileRoute(route: HttpOrGrpcRoute, permitted: ReadonlySet<string>, mesh: RouteMesh): CompiledRoute {
  const kind = isGrpc(route) ? 'GRPCRoute' : 'HTTPRoute';
  const { namespace } = route.metadata;
  const problems: BackendProblem[] = [];
  const backends = new BackendResolver({ kind, namespace }, mesh, permitted, (found) => problems.push(found));
  const traffic = mesh.forRoute(kind, nameOf(route));
  const toRule = (spec: RuleSpec, index: number): RouteRule =>
    compileRule({ kind, route, index }, spec, traffic, backends);
  // As the Gateway API's default: a route without rules matches everything, and has no backend.
  if (isGrpc(route)) {
    const specs = route.spec.rules ?? [{}];
    return { kind, route, problems, rules: specs.map(toRule), matches: specs.flatMap(compileGrpcMatches) };
  }
  const specs = route.spec.rules ?? [{}];
  return { kind, route, problems, rules: specs.map(toRule), matches: specs.flatMap(compileMatches) };
}

function compileRule(
  { kind, route, index }: { kind: RuleId['kind']; route: HttpOrGrpcRoute; index: number },
  spec: RuleSpec,
  { timeouts: times, retry: tries, faults: ofRoute = [], ...inherited }: RouteTraffic,
  backends: BackendResolver,
): RouteRule {
  const { namespace, name } = route.metadata;
  const timeouts = { ...times, ...timeoutsOf(spec.timeouts ?? {}) };
  const retry = { ...tries, ...retryOf(spec.retry) };
  const id = { kind, namespace, name, rule: index, ...(spec.name !== undefined && { ruleName: spec.name }) };
  // One that is named in both ways is still one.
  const faults = [...new Set([...ofRoute, ...backends.faults(spec.filters)])];
  return {
    id,
    filters: backends.filters(spec.filters),
    backends: (spec.backendRefs ?? []).map((ref) => backends.backend(ref)),
    ...(Object.keys(timeouts).length > 0 && { timeouts }),
    ...((spec.retry ?? tries) !== undefined && { retry }),
    ...(spec.sessionPersistence !== undefined && { session: sessionOf(spec.sessionPersistence, id) }),
    ...inherited,
    ...(faults.length > 0 && { faults }),
  };
}

function retryOf(spec: HttpRouteRule['retry']): NonNullable<RouteRule['retry']> {
  const { codes, attempts, backoff } = spec ?? {};
  return {
    ...(codes !== undefined && { codes }),
    ...(attempts !== undefined && { attempts }),
    ...(backoff !== undefined && { backoff: milliseconds(backoff) }),
  };
}
