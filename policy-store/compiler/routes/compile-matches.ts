import type { PathMatch, RouteMatch, ValueMatch } from '../../../snapshot/route.ts';
import type { HttpRouteMatch, HttpRouteRule } from '../../resources/kinds/http-route.ts';
import { canonicalPathText } from '../authorization/path-text.ts';

/** Matches of a rule; a rule without any matches everything. */
export function compileMatches(rule: HttpRouteRule, index: number): RouteMatch[] {
  const specs = rule.matches === undefined || rule.matches.length === 0 ? [{}] : rule.matches;
  return specs.map((spec: HttpRouteMatch) => {
    const headers = valueMatches(spec.headers, (name) => name.toLowerCase());
    const query = valueMatches(spec.queryParams, (name) => name);
    return {
      rule: index,
      path: compilePath(spec.path),
      ...(spec.method !== undefined && { method: spec.method }),
      ...(headers.length > 0 && { headers }),
      ...(query.length > 0 && { query }),
    };
  });
}

function compilePath(spec: HttpRouteMatch['path']): PathMatch {
  const type = spec?.type ?? 'PathPrefix';
  const value = canonicalPathText(spec?.value ?? '/');
  // As Kubernetes' Ingress: `/v2/` and `/v2` are one prefix.
  return { type, value: type === 'PathPrefix' && value !== '/' ? value.replace(/\/$/, '') : value };
}

type ValueSpec = NonNullable<HttpRouteMatch['headers']>[number];

/** Of entries with equal names only the first counts (Gateway API HTTPHeaderMatch.name). */
function valueMatches(specs: readonly ValueSpec[] | undefined, nameOf: (name: string) => string): ValueMatch[] {
  const byName = new Map<string, ValueMatch>();
  for (const { name, value } of specs ?? []) {
    const key = nameOf(name);
    if (!byName.has(key)) byName.set(key, { type: 'Exact', name: key, value });
  }
  return [...byName.values()];
}
