import type { RouteRule } from '../../../snapshot/route.ts';
import type { HttpRouteRule, HttpRouteSpec } from '../../resources/kinds/http-route.ts';
import type { Resource } from '../../resources/resource.ts';
import { milliseconds } from '../../resources/schema/duration.ts';
import type { Findings } from '../findings.ts';
import { nameOf } from '../inventory.ts';
import type { Services } from '../services/collect.ts';
import { type TrafficPolicies, timeoutsOf } from '../services/traffic-policies.ts';
import { compileBackend } from './compile-backends.ts';
import { compileFilters } from './compile-filters.ts';
import { compileMatches } from './compile-matches.ts';
import type { CompiledRoute } from './route-table.ts';

/** Compiles the rules of routes; what they refer to is known. */
export class RouteCompiler {
  readonly #services: Services;
  readonly #traffic: TrafficPolicies;
  readonly #findings: Findings;

  constructor(services: Services, traffic: TrafficPolicies, findings: Findings) {
    this.#services = services;
    this.#traffic = traffic;
    this.#findings = findings;
  }

  /** @param permitted services of other namespaces that the route may send to */
  compile(route: Resource<HttpRouteSpec>, permitted: ReadonlySet<string>): CompiledRoute {
    // As the Gateway API's default: a route without rules matches everything, and has no backend.
    const specs = route.spec.rules ?? [{}];
    return {
      route,
      rules: specs.map((spec, index) => this.#rule(route, spec, index, permitted)),
      matches: specs.flatMap((spec, index) => compileMatches(spec, index)),
    };
  }

  #rule(route: Resource<HttpRouteSpec>, spec: HttpRouteRule, index: number, permitted: ReadonlySet<string>): RouteRule {
    const { namespace, name } = route.metadata;
    const inherited = this.#traffic.forRoute(nameOf(route));
    const timeouts = { ...inherited.timeouts, ...timeoutsOf(spec.timeouts ?? {}) };
    const retry = { ...inherited.retry, ...retryOf(spec.retry) };
    const backends = (spec.backendRefs ?? []).map((ref) =>
      compileBackend(ref, namespace, this.#services, permitted, ({ reason, message }) =>
        this.#findings.fail(route, 'ResolvedRefs', reason, message),
      ),
    );
    return {
      id: { kind: 'HTTPRoute', namespace, name, rule: index, ...(spec.name !== undefined && { ruleName: spec.name }) },
      filters: compileFilters(spec.filters),
      backends,
      ...(Object.keys(timeouts).length > 0 && { timeouts }),
      ...((spec.retry ?? inherited.retry) !== undefined && { retry }),
    };
  }
}

function retryOf(spec: HttpRouteRule['retry']): NonNullable<RouteRule['retry']> {
  const { codes, attempts, backoff } = spec ?? {};
  return {
    ...(codes !== undefined && { codes }),
    ...(attempts !== undefined && { attempts }),
    ...(backoff !== undefined && { backoff: milliseconds(backoff) }),
  };
}
