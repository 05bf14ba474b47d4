/**
 * Route matching as the Gateway API puts it into words, over plain documents, with no thought for speed: what the
 * compiler and the router make of the same documents has to agree with it. Shares no code with either.
 */

export interface ReferenceValue {
  readonly type?: 'Exact' | 'RegularExpression';
  readonly name: string;
  readonly value: string;
}

export interface ReferenceMatch {
  readonly path?: { readonly type?: 'Exact' | 'PathPrefix' | 'RegularExpression'; readonly value?: string };
  readonly method?: string;
  readonly headers?: readonly ReferenceValue[];
  readonly queryParams?: readonly ReferenceValue[];
}

export interface ReferenceRoute {
  readonly namespace: string;
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly rules: readonly { readonly matches?: readonly ReferenceMatch[] }[];
}

export interface ReferenceRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly query: string | undefined;
}

interface Candidate {
  readonly route: ReferenceRoute;
  readonly rule: number;
  readonly place: number;
  readonly match: ReferenceMatch;
}

/** The rule that a request falls under, `namespace/name/index`. */
export function referenceRule(routes: readonly ReferenceRoute[], request: ReferenceRequest): string | undefined {
  const holding = routes.flatMap((route) =>
    route.rules.flatMap((rule, index) =>
      matchesOf(rule).map((match, place): Candidate => ({ route, rule: index, place, match })),
    ),
  );
  const best = holding
    .filter(({ match }) => holds(match, request))
    .reduce<Candidate | undefined>((a, b) => (a === undefined || precedes(b, a) ? b : a), undefined);
  return best && `${best.route.namespace}/${best.route.name}/${best.rule}`;
}

/** "If no matches are specified, the default is a prefix path match on `/`, which has the effect of matching every HTTP request." */
const matchesOf = ({ matches }: ReferenceRoute['rules'][number]): readonly ReferenceMatch[] =>
  matches === undefined || matches.length === 0 ? [{ path: { type: 'PathPrefix', value: '/' } }] : matches;

function holds({ path, method, headers, queryParams }: ReferenceMatch, request: ReferenceRequest): boolean {
  const parameters = new URLSearchParams(request.query ?? '');
  return (
    pathHolds(path, request.path) &&
    (method === undefined || method === request.method) &&
    firstOfEach(headers, (name) => name.toLowerCase()).every((wanted) =>
      valueHolds(wanted, headerValue(request, wanted.name)),
    ) &&
    firstOfEach(queryParams, (name) => name).every((wanted) =>
      valueHolds(wanted, parameters.get(wanted.name) ?? undefined),
    )
  );
}

function pathHolds({ type = 'PathPrefix', value = '/' }: ReferenceMatch['path'] = {}, path: string): boolean {
  if (type === 'Exact') return path === value;
  if (type === 'RegularExpression') return new RegExp(`^(?:${value})$`).test(path);
  // "Matching is done on a path element by element basis. [...] A trailing slash is ignored."
  const wanted = elements(value);
  const given = path.split('/').slice(1);
  return wanted.every((element, i) => given[i] === element);
}

const elements = (prefix: string): string[] => {
  const trimmed = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  return trimmed === '' ? [] : trimmed.split('/').slice(1);
};

const headerValue = ({ headers }: ReferenceRequest, name: string): string | undefined => {
  const values = headers.filter(([given]) => given.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(',');
};

const valueHolds = ({ type = 'Exact', value }: ReferenceValue, given: string | undefined): boolean =>
  given !== undefined && (type === 'Exact' ? given === value : new RegExp(`^(?:${value})$`).test(given));

/** "If multiple entries specify equivalent header names, only the first entry with an equivalent name MUST be considered." */
function firstOfEach(values: readonly ReferenceValue[] = [], same: (name: string) => string): ReferenceValue[] {
  const names = values.map(({ name }) => same(name));
  return values.filter((_, i) => names.indexOf(names[i] as string) === i);
}

/** "Proxy or Load Balancer routing configuration generated from HTTPRoutes MUST prioritize matches based on the following criteria". */
function precedes(a: Candidate, b: Candidate): boolean {
  const [one, other] = [criteria(a.match), criteria(b.match)];
  for (let i = 0; i < one.length; i++) {
    const difference = (one[i] as number) - (other[i] as number);
    if (difference !== 0) return difference > 0;
  }
  // "The oldest Route based on creation timestamp", then "first in alphabetical order by {namespace}/{name}".
  if (a.route.created !== b.route.created) return a.route.created < b.route.created;
  const [nameA, nameB] = [`${a.route.namespace}/${a.route.name}`, `${b.route.namespace}/${b.route.name}`];
  if (nameA !== nameB) return nameA < nameB;
  // "If ties still exist within an HTTPRoute, matching precedence MUST be granted to the FIRST matching rule (in list order)".
  return a.rule === b.rule ? a.place < b.place : a.rule < b.rule;
}

/** Exact; (ours: an expression before a prefix, the longer one first); characters of a prefix; method; headers; parameters. */
function criteria({ path = {}, method, headers, queryParams }: ReferenceMatch): number[] {
  const { type = 'PathPrefix', value = '/' } = path;
  const kind = { Exact: 2, RegularExpression: 1, PathPrefix: 0 }[type];
  const characters = { Exact: 0, RegularExpression: value.length, PathPrefix: elements(value).join('/').length }[type];
  return [
    kind,
    characters,
    method === undefined ? 0 : 1,
    firstOfEach(headers, (name) => name.toLowerCase()).length,
    firstOfEach(queryParams, (name) => name).length,
  ];
}
