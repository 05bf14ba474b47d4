import type { RouteMatch, ValueMatch } from '../../snapshot/route.ts';
import type { HeaderList } from '../headers.ts';
import type { CompiledRule, CompiledTable, PrefixNode } from './compile.ts';
import { matchesWhole } from './regex.ts';

/** What a match may look at. */
export interface MatchInput {
  /** Canonical. */
  readonly path: string;
  readonly method: string;
  readonly headers: HeaderList;
  /** Without `?`. */
  readonly query: string | undefined;
}

export interface FoundMatch {
  readonly rule: CompiledRule;
  readonly match: RouteMatch;
}

/** The first match, in the order of the table, whose conditions all hold. */
export function findMatch(table: CompiledTable, input: MatchInput): FoundMatch | undefined {
  const search = new Search(table, input);
  const exact = table.exact.size === 0 ? undefined : table.exact.get(input.path);
  if (exact !== undefined) search.among(exact);
  search.downThePath(table.prefixes);
  if (table.expressions.length > 0) search.byExpression(table.expressions);
  const match = table.matches[search.best];
  const rule = match && table.rules[match.rule];
  return match && rule && { rule, match };
}

/** One search. Query parameters are read at most once, and only if a match asks for one. */
class Search {
  best = Number.POSITIVE_INFINITY;
  readonly #table: CompiledTable;
  readonly #input: MatchInput;
  #parameters: ReadonlyMap<string, string> | undefined;

  constructor(table: CompiledTable, input: MatchInput) {
    this.#table = table;
    this.#input = input;
  }

  /** @param places ascending, all with a path that holds */
  among(places: readonly number[]): void {
    for (const place of places) {
      if (place >= this.best) return;
      if (this.#holds(this.#table.matches[place] as RouteMatch)) this.best = place;
    }
  }

  downThePath(root: PrefixNode): void {
    const { path } = this.#input;
    let node: PrefixNode | undefined = root;
    let start = 1;
    while (node !== undefined) {
      this.among(node.places);
      if (start > path.length || node.below.size === 0) return;
      const { skip } = node;
      if (skip !== '') {
        if (!path.startsWith(skip, start) || path[start + skip.length] !== '/') return;
        start += skip.length + 1;
      }
      const slash = path.indexOf('/', start);
      const end = slash < 0 ? path.length : slash;
      node = node.below.get(path.slice(start, end));
      start = end + 1;
    }
  }

  /** @param places ascending */
  byExpression(places: readonly number[]): void {
    for (const place of places) {
      if (place >= this.best) return;
      const match = this.#table.matches[place] as RouteMatch;
      // The cheap conditions first: an expression is run over the whole path.
      if (this.#holds(match) && pathMatches(match.path, this.#input.path)) this.best = place;
    }
  }

  #holds(match: RouteMatch): boolean {
    const { method, headers } = this.#input;
    if (match.method !== undefined && match.method !== method) return false;
    if (match.headers?.some((wanted) => !valueHolds(wanted, headers.combined(wanted.name)))) return false;
    if (match.query === undefined) return true;
    this.#parameters ??= parseQuery(this.#input.query);
    const parameters = this.#parameters;
    return match.query.every((wanted) => valueHolds(wanted, parameters.get(wanted.name)));
  }
}

const pathMatches = (path: RouteMatch['path'], text: string): boolean =>
  path.type === 'RegularExpression' && matchesWhole(path.program, text);

/** A condition of a type that this router does not know never holds. */
export function valueHolds(wanted: ValueMatch, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (wanted.type === 'Exact') return value === wanted.value;
  return wanted.type === 'RegularExpression' && matchesWhole(wanted.program, value);
}

/** Decoded as forms are (`+` is a space); of a repeated name the first value counts. Broken escapes are taken literally. */
export function parseQuery(query: string | undefined): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query === undefined ? [] : query.split('&')) {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (name !== '' && !parameters.has(name)) parameters.set(name, equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return parameters;
}

function decode(text: string): string {
  if (!/[%+]/.test(text)) return text;
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
