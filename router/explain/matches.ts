import type { ExplainLoser } from '../../snapshot/explanation.ts';
import type { RouteMatch, ValueMatch } from '../../snapshot/route.ts';
import type { CompiledTable } from '../routing/compile.ts';
import { type MatchInput, parseQuery, valueHolds } from '../routing/match.ts';
import { matchesWhole } from '../routing/regex.ts';

const MAX_LOSERS = 20;

/** A match in words: `HTTPRoute/shop/payments/0: prefix /v2, method GET`. */
export function matchText(table: CompiledTable, match: RouteMatch): string {
  return `${table.rules[match.rule]?.name ?? 'unknown rule'}: ${conditionsText(match)}`;
}

/** The conditions alone: `prefix /v2, method GET, header x-beta=1`. */
function conditionsText(match: RouteMatch): string {
  const parts = [pathText(match)];
  if (match.method !== undefined) parts.push(`method ${match.method}`);
  for (const wanted of match.headers ?? []) parts.push(`header ${valueText(wanted)}`);
  for (const wanted of match.query ?? []) parts.push(`query ${valueText(wanted)}`);
  return parts.join(', ');
}

/** Matches in order of precedence that did not win, each with why not. At most 20: the first are the nearest. */
export function losersOf(table: CompiledTable, winner: RouteMatch | undefined, input: MatchInput): ExplainLoser[] {
  return table.matches
    .filter((match) => match !== winner)
    .slice(0, MAX_LOSERS)
    .map((match) => ({
      match: matchText(table, match),
      because: firstFailure(match, input) ?? 'it holds too, but comes later in the order of precedence',
    }));
}

const pathText = ({ path }: RouteMatch): string =>
  `${{ Exact: 'path', PathPrefix: 'prefix', RegularExpression: 'expression' }[path.type]} ${path.value}`;

function firstFailure(match: RouteMatch, input: MatchInput): string | undefined {
  if (!pathHolds(match, input.path)) return `path ${input.path} is not ${pathText(match)}`;
  if (match.method !== undefined && match.method !== input.method)
    return `method ${input.method} is not ${match.method}`;
  const header = match.headers?.find((wanted) => !valueHolds(wanted, input.headers.combined(wanted.name)));
  // Values of headers may be secrets: only whether one is there is said.
  if (header !== undefined) return failureText('header', header, input.headers.has(header.name));
  const parameters = parseQuery(input.query);
  const parameter = match.query?.find((wanted) => !valueHolds(wanted, parameters.get(wanted.name)));
  return parameter && failureText('query parameter', parameter, parameters.has(parameter.name));
}

const valueText = ({ type, name, value }: ValueMatch): string => `${name}${type === 'Exact' ? '=' : '~'}${value}`;

function failureText(what: string, { type, name, value }: ValueMatch, present: boolean): string {
  if (!present) return `${what} ${name} is absent`;
  return type === 'Exact' ? `${what} ${name} is not ${value}` : `${what} ${name} does not match ${value}`;
}

function pathHolds({ path: wanted }: RouteMatch, path: string): boolean {
  if (wanted.type === 'Exact') return path === wanted.value;
  if (wanted.type === 'RegularExpression') return matchesWhole(wanted.program, path);
  return wanted.value === '/' || path === wanted.value || path.startsWith(`${wanted.value}/`);
}
