import type { PathMatch, RouteMatch } from '../../../snapshot/route.ts';
import type { GrpcRouteMatch, GrpcRouteRule } from '../../resources/kinds/grpc-route.ts';
import { compileRegex } from '../regex.ts';
import { compileValueMatches } from './compile-matches.ts';
import type { RankedMatch } from './route-table.ts';

type Method = NonNullable<GrpcRouteMatch['method']>;

/** Matches of a rule of a GRPCRoute: calls are POSTs to `/service/method`. A rule without any matches every call. */
export function compileGrpcMatches(rule: GrpcRouteRule, index: number): RankedMatch[] {
  const specs = rule.matches === undefined || rule.matches.length === 0 ? [{}] : rule.matches;
  return specs.map(({ method, headers: specified }: GrpcRouteMatch) => {
    const headers = compileValueMatches(specified, (name) => name.toLowerCase());
    const match: RouteMatch = {
      rule: index,
      path: pathOf(method),
      method: 'POST',
      ...(headers.length > 0 && { headers }),
    };
    return { match, rank: [...rankOf(method), headers.length] };
  });
}

/** More characters of the service, then of the method (Gateway API GRPCRouteRule.matches). Expressions have none of their own. */
function rankOf({ type = 'Exact', service = '', method = '' }: Method = {}): number[] {
  return type === 'Exact' ? [service.length, method.length, 0] : [0, 0, service.length + method.length];
}

function pathOf({ type = 'Exact', service = '', method = '' }: Method = {}): PathMatch {
  if (service === '' && method === '') return { type: 'PathPrefix', value: '/' };
  if (type === 'Exact' && method === '') return { type: 'PathPrefix', value: `/${service}` };
  if (type === 'Exact' && service !== '') return { type, value: `/${service}/${method}` };
  const value = `/${expression(service)}/${expression(method)}`;
  return { type: 'RegularExpression', value, program: compileRegex(value) };
}

/** One segment of a path. Whole texts are matched, so anchors say nothing, and inside of an expression they are refused. */
const expression = (text: string): string =>
  text === '' ? '[^/]+' : `(?:${text.replace(/^\^/, '').replace(/(?<!\\)((?:\\\\)*)\$$/, '$1')})`;
