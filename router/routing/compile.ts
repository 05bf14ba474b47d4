import type {
  Backend,
  Fallback,
  FaultRule,
  Filter,
  HedgePolicy,
  PathMatch,
  RateLimit,
  RetryStanza,
  RouteMatch,
  RouteRule,
  RouteTable,
  RuleId,
  SessionPersistence,
  StickyKey,
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
  readonly session: (SessionPersistence & { readonly cookiePath: string }) | undefined;
  readonly sticky: StickyKey | undefined;
  readonly faults: readonly FaultRule[] | undefined;
  readonly rateLimits: readonly RateLimit[] | undefined;
  readonly hedge: HedgePolicy | undefined;
  readonly fallback: Fallback | undefined;
}

/** Places of matches in `CompiledTable.matches`, ascending. */
type Places = readonly number[];

/**
 * Matches whose PathPrefix ends at this segment, and the segments below it. Small on purpose: a router holds the tables of
 * all services that it meets, and what costs most of a search is memory that is not in a cache.
 */
export interface PrefixNode {
  readonly places: Places;
  /** Segments that every prefix below begins with, `api/v1`; empty where they differ at once. */
  readonly skip: string;
  /** By the segment after `skip`. */
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
  /** Matches by an expression: no index can tell which of them hold, so each is run whose place could still win. */
  readonly expressions: Places;
}

interface GrowingNode {
  places: number[];
  below: Map<string, GrowingNode>;
}

export function compileRouteTable(table: RouteTable): CompiledTable {
  const exact = new Map<string, number[]>();
  const prefixes: GrowingNode = { places: [], below: new Map() };
  const expressions: number[] = [];
  const matches = table.matches.map(compileMatch);
  matches.forEach(({ path }, place) => {
    // A path match of another type never holds: what can not be judged must not route.
    if (path.type === 'Exact') listAt(exact, path.value).push(place);
    else if (path.type === 'PathPrefix') nodeOf(prefixes, path.value).places.push(place);
    else if (path.type === 'RegularExpression') expressions.push(place);
  });
  const byRule = Map.groupBy(matches, ({ rule }) => rule);
  const rules = table.rules.map((rule, index) => compileRule(rule, byRule.get(index) ?? []));
  return { matches, rules, exact, prefixes: settled(prefixes), expressions };
}

function compileMatch(match: RouteMatch): RouteMatch {
  return {
    ...match,
    path: compilePath(match.path),
    ...(match.headers && { headers: firstOfEachName(match.headers) }),
    ...(match.query && { query: firstOfEachName(match.query) }),
  };
}

function compilePath(path: PathMatch): PathMatch {
  // An expression is matched against canonical paths; its own text can not be respelled.
  if (path.type === 'RegularExpression') return path;
  const spelled = canonicalPattern(path.value);
  return { type: path.type, value: path.type === 'PathPrefix' ? spelled.replace(/\/+$/, '') || '/' : spelled };
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

const NOTHING_BELOW: ReadonlyMap<string, PrefixNode> = new Map();
const NO_PLACES: Places = [];

/** The tree as it is searched: chains of single segments become one text, and what is empty is shared. */
function settled(node: GrowingNode): PrefixNode {
  const skipped: string[] = [];
  let last = node;
  for (;;) {
    const [only] = last.below;
    if (only === undefined || last.below.size > 1 || only[1].places.length > 0) break;
    skipped.push(only[0]);
    last = only[1];
  }
  const below = [...last.below].map(([segment, next]) => [segment, settled(next)] as const);
  return {
    places: node.places.length === 0 ? NO_PLACES : node.places,
    skip: skipped.join('/'),
    below: below.length === 0 ? NOTHING_BELOW : new Map(below),
  };
}

function compileRule(rule: RouteRule, matches: readonly RouteMatch[]): CompiledRule {
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
    session: rule.session && { ...rule.session, cookiePath: cookiePathOf(matches) },
    sticky: rule.sticky,
    faults: rule.faults,
    rateLimits: rule.rateLimits,
    hedge: rule.hedge,
    fallback: rule.fallback,
  };
}

/** Where a rule lives under one prefix, its cookie goes no further; two rules may use one name of cookie. */
function cookiePathOf(matches: readonly RouteMatch[]): string {
  const [first, ...others] = new Set(matches.map(({ path }) => (path.type === 'PathPrefix' ? path.value : '/')));
  return first === undefined || others.length > 0 ? '/' : first;
}
