import type { RouteMatch, RouteRule, RouteTable, RuleId } from '../../../snapshot/route.ts';
import type { ParentRef } from '../../resources/kinds/parent-ref.ts';
import type { Resource } from '../../resources/resource.ts';
import { olderFirst } from '../inventory.ts';
import type { BackendProblem } from './resolved-backend.ts';

/** What HTTPRoutes and GRPCRoutes have in common. */
export interface RouteSpec {
  readonly parentRefs?: readonly ParentRef[];
  readonly hostnames?: readonly string[];
}

export type AnyRoute = Resource<RouteSpec>;

/** A match and how much it says: of two that hold, the one with the larger number at the first difference wins. */
export interface RankedMatch {
  readonly match: RouteMatch;
  readonly rank: readonly number[];
}

/** A route as one of its parents sees it. */
export interface CompiledRoute {
  readonly kind: RuleId['kind'];
  readonly route: AnyRoute;
  readonly rules: readonly RouteRule[];
  /** In the order of the document; `rule` counts within this route. */
  readonly matches: readonly RankedMatch[];
  /** References of it that lead nowhere. */
  readonly problems: readonly BackendProblem[];
}

/** Attached routes of one kind as one table in the order of precedence. A route that is attached twice counts once. */
export function routeTable(attached: readonly CompiledRoute[]): RouteTable {
  const routes = [...new Map(attached.map((route) => [route.route, route])).values()];
  routes.sort((a, b) => olderFirst(a.route, b.route));
  const rules: RouteRule[] = [];
  const matches: RankedMatch[] = [];
  for (const route of routes) {
    const offset = rules.length;
    rules.push(...route.rules);
    for (const { match, rank } of route.matches) matches.push({ match: { ...match, rule: match.rule + offset }, rank });
  }
  // The sort is stable: what ties stays by age, name, rule and place in the rule.
  return { matches: matches.sort(byRank).map(({ match }) => match), rules };
}

function byRank({ rank: a }: RankedMatch, { rank: b }: RankedMatch): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (b[i] ?? 0) - (a[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
