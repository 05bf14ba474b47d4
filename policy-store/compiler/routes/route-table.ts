import type { RouteMatch, RouteRule, RouteTable } from '../../../snapshot/route.ts';
import type { HttpRouteSpec } from '../../resources/kinds/http-route.ts';
import type { Resource } from '../../resources/resource.ts';
import { olderFirst } from '../inventory.ts';

/** An HTTPRoute as one of its parents sees it. */
export interface CompiledRoute {
  readonly route: Resource<HttpRouteSpec>;
  readonly rules: readonly RouteRule[];
  /** In the order of the document; `rule` counts within this route. */
  readonly matches: readonly RouteMatch[];
}

/** Attached routes as one table in the order of precedence. A route that is attached twice counts once. */
export function routeTable(attached: readonly CompiledRoute[]): RouteTable {
  const routes = [...new Map(attached.map((route) => [route.route, route])).values()];
  routes.sort((a, b) => olderFirst(a.route, b.route));
  const rules: RouteRule[] = [];
  const matches: RouteMatch[] = [];
  for (const route of routes) {
    const offset = rules.length;
    rules.push(...route.rules);
    for (const match of route.matches) matches.push({ ...match, rule: match.rule + offset });
  }
  // The sort is stable: what ties stays by age, name, rule and place in the rule.
  return { matches: matches.sort(precedence), rules };
}

/** Exact path, longer prefix, method, more headers, more query parameters (Gateway API HTTPRouteRule.matches). */
function precedence(a: RouteMatch, b: RouteMatch): number {
  return (
    Number(b.path.type === 'Exact') - Number(a.path.type === 'Exact') ||
    prefixLength(b) - prefixLength(a) ||
    Number(b.method !== undefined) - Number(a.method !== undefined) ||
    (b.headers?.length ?? 0) - (a.headers?.length ?? 0) ||
    (b.query?.length ?? 0) - (a.query?.length ?? 0)
  );
}

const prefixLength = ({ path }: RouteMatch): number => (path.type === 'PathPrefix' ? path.value.length : 0);
