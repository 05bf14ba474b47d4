import type { PathMatch, RouteMatch, ValueMatch } from '../../../snapshot/route.ts';
import type { HttpRouteMatch, HttpRouteRule } from '../../resources/kinds/http-route.ts';
import type { ValueMatchSpec } from '../../resources/schema/value-match.ts';
import { canonicalPathText } from '../authorization/path-text.ts';
import { compileRegex } from '../regex.ts';
import type { RankedMatch } from './route-table.ts';

/** Matches of a rule; a rule without any matches everything. */
export function compileMatches(rule: HttpRouteRule, index: number): RankedMatch[] {
  const specs = rule.matches === undefined || rule.matches.length === 0 ? [{}] : rule.matches;
  return specs.map((spec: HttpRouteMatch) => {
    const headers = compileValueMatches(spec.headers, (name) => name.toLowerCase());
    const query = compileValueMatches(spec.queryParams, (name) => name);
    const match: RouteMatch = {
      rule: index,
      path: compilePath(spec.path),
      ...(spec.method !== undefined && { method: spec.method }),
      ...(headers.length > 0 && { headers }),
      ...(query.length > 0 && { query }),
    };
    return { match, rank: rankOf(match) };
  });
}

const PATH_RANK = { Exact: 2, RegularExpression: 1, PathPrefix: 0 } as const;

/**
 * Exact path, longer prefix, method, more headers, more query parameters (Gateway API HTTPRouteRule.matches). Where
 * regular expressions stand is left to us: before prefixes, for nobody writes one to be hidden by a prefix.
 */
const rankOf = ({ path, method, headers, query }: RouteMatch): readonly number[] => [
  PATH_RANK[path.type],
  path.type === 'Exact' ? 0 : path.value.length,
  Number(method !== undefined),
  headers?.length ?? 0,
  query?.length ?? 0,
];

function compilePath(spec: HttpRouteMatch['path']): PathMatch {
  const { type = 'PathPrefix', value = '/' } = spec ?? {};
  if (type === 'RegularExpression') return { type, value, program: compileRegex(value) };
  const path = canonicalPathText(value);
  // As Kubernetes' Ingress: `/v2/` and `/v2` are one prefix.
  return { type, value: type === 'PathPrefix' && path !== '/' ? path.replace(/\/$/, '') : path };
}

/** Of entries with equal names only the first counts (Gateway API HTTPHeaderMatch.name). */
export function compileValueMatches(
  specs: readonly ValueMatchSpec[] | undefined,
  nameOf: (name: string) => string,
): ValueMatch[] {
  const byName = new Map<string, ValueMatch>();
  for (const { type = 'Exact', name, value } of specs ?? []) {
    const key = nameOf(name);
    if (byName.has(key)) continue;
    const program = type === 'Exact' ? undefined : compileRegex(value);
    byName.set(
      key,
      program === undefined
        ? { type: 'Exact', name: key, value }
        : { type: 'RegularExpression', name: key, value, program },
    );
  }
  return [...byName.values()];
}
