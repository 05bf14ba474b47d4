import type {
  Backend,
  Filter,
  RetryStanza,
  RouteMatch,
  RouteRule,
  RouteTable,
  RuleId,
  ValueMatch,
} from '../../snapshot/route.ts';
import { canonicalPattern } from './canonical-target.ts';

/** A rule with what is asked of it on every request worked out once. */
export interface CompiledRule {
  readonly id: RuleId;
  /** `HTTPRoute/namespace/name/rule`, where rule is its name or else its index: metric label, log field, explanation. */
  readonly name: string;
  readonly filters: readonly Filter[];
  readonly backends: readonly Backend[];
  /** Sum of the weights; 0 = nowhere to send to. */
  readonly totalWeight: number;
  /** The rule answers by itself and needs no backend. */
  readonly redirects: boolean;
  /** Milliseconds; absent = the service's settings. 0 = this bound is off. */
  readonly timeouts: { readonly request?: number; readonly backendRequest?: number };
  readonly retry: RetryStanza | undefined;
}

/** Places of matches in `CompiledTable.matches`, ascending. */
type Places = readonly number[];

/** Matches whose PathPrefix ends at this segment, and the segments below it. */
export interface PrefixNode {
  readonly places: Places;
  readonly below: ReadonlyMap<string, PrefixNode>;
}

/**
 * A route table indexed by path, so that finding a match costs the length of the path and not the number of rules.
 * Order of precedence stays what it was: the smallest place that holds wins.
 */
export interface CompiledTable {
  /** Paths in canonical spelling, prefixes without trailing slash (`/` itself apart). */
  readonly matches: readonly RouteMatch[];
  readonly rules: readonly CompiledRule[];
  readonly exact: ReadonlyMap<string, Places>;
  readonly prefixes: PrefixNode;
}

interface GrowingNode {
  places: number[];
  below: Map<string, GrowingNode>;
}

export function compileRouteTable(table: RouteTable): CompiledTable {
  const exact = new Map<string, number[]>();
  const prefixes: GrowingNode = { places: [], below: new Map() };
  const matches = table.matches.map(compileMatch);
  matches.forEach(({ path }, place) => {
    // A path match of another type never holds: what can not be judged must not route.
    if (path.type === 'Exact') listAt(exact, path.value).push(place);
    else if (path.type === 'PathPrefix') nodeOf(prefixes, path.value).places.push(place);
  });
  return { matches, rules: table.rules.map(compileRule), exact, prefixes };
}

function compileMatch(match: RouteMatch): RouteMatch {
  const spelled = canonicalPattern(match.path.value);
  const value = match.path.type === 'PathPrefix' ? spelled.replace(/\/+$/, '') || '/' : spelled;
  return {
    ...match,
    path: { type: match.path.type, value },
    ...(match.headers && { headers: firstOfEachName(match.headers) }),
    ...(match.query && { query: firstOfEachName(match.query) }),
  };
}

/** Gateway API: of several conditions on one name only the first counts. */
const firstOfEachName = (conditions: readonly ValueMatch[]): ValueMatch[] =>
  conditions.filter((one, i) => conditions.findIndex((other) => other.name === one.name) === i);

function listAt(lists: Map<string, number[]>, key: string): number[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function nodeOf(root: GrowingNode, prefix: string): GrowingNode {
  let node = root;
  for (const segment of prefix === '/' ? [] : prefix.slice(1).split('/')) {
    const next: GrowingNode = node.below.get(segment) ?? { places: [], below: new Map() };
    node.below.set(segment, next);
    node = next;
  }
  return node;
}

function compileRule(rule: RouteRule): CompiledRule {
  const { kind, namespace, name, rule: index, ruleName } = rule.id;
  return {
    id: rule.id,
    name: `${kind}/${namespace}/${name}/${ruleName ?? index}`,
    filters: rule.filters,
    backends: rule.backends,
    totalWeight: rule.backends.reduce((sum, backend) => sum + backend.weight, 0),
    redirects: rule.filters.some((filter) => filter.type === 'RequestRedirect'),
    timeouts: rule.timeouts ?? {},
    retry: rule.retry,
  };
}
