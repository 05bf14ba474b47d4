import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RegexProgram, RegexState } from '../../snapshot/regex-program.ts';
import type { RouteMatch, RouteTable, ValueMatch } from '../../snapshot/route.ts';
import { HeaderList } from '../headers.ts';
import { compileRouteTable } from './compile.ts';
import { findMatch, type MatchInput } from './match.ts';
import { prefixMatch, ruleAt } from './mesh.fake.ts';

const asked = (path: string, more: Partial<MatchInput> = {}): MatchInput => ({
  path,
  method: 'GET',
  headers: new HeaderList(),
  query: undefined,
  ...more,
});

/** A program for one of some texts. */
function anyOf(...texts: string[]): RegexProgram {
  const states: RegexState[] = [{ op: 'm' }];
  const push = (state: RegexState): number => states.push(state) - 1;
  const starts = texts.map((text) =>
    [...text].reduceRight((to, char) => push({ op: 'c', ranges: [char.charCodeAt(0), char.charCodeAt(0)], to }), 0),
  );
  const start = push({ op: 'e', to: starts });
  return { source: texts.join('|'), start, states };
}

const expression = (...paths: string[]): RouteMatch => ({
  rule: 0,
  path: { type: 'RegularExpression', value: paths.join('|'), program: anyOf(...paths) },
});

const exact = (value: string): RouteMatch => ({ rule: 0, path: { type: 'Exact', value } });

/** Each match leads to a rule of its own, so that the rule's index names the match. */
function tableWith(...matches: RouteMatch[]): RouteTable {
  return {
    matches: matches.map((match, rule) => ({ ...match, rule })),
    rules: matches.map((_, index) => ruleAt(index)),
  };
}

const winner = (input: MatchInput, ...matches: RouteMatch[]): number | undefined =>
  findMatch(compileRouteTable(tableWith(...matches)), input)?.rule.id.rule;

test.each([
  ['/v2', '/v2', true],
  ['/v2', '/v2/', true],
  ['/v2', '/v2/x', true],
  ['/v2', '/v2example', false],
  ['/v2', '/V2', false],
  ['/v2/', '/v2', true],
  ['/', '/anything', true],
  ['/a/b', '/a', false],
  ['/caf%c3%a9', '/caf%C3%A9/x', true],
])('prefix %s, path %s: %s', (prefix, path, holds) => {
  expect(winner(asked(path), prefixMatch(prefix)) !== undefined).toBe(holds);
});

test('an exact path is exact, trailing slash included', () => {
  expect(['/a', '/a/', '/a/b', '/A'].map((path) => winner(asked(path), exact('/a')))).toEqual([
    0,
    undefined,
    undefined,
    undefined,
  ]);
});

test('the first match that holds wins', () => {
  const table = [exact('/a/b'), prefixMatch('/a', { method: 'POST' }), prefixMatch('/a'), prefixMatch('/')];
  expect(['/a/b', '/a/c', '/z'].map((path) => winner(asked(path), ...table))).toEqual([0, 2, 3]);
  expect(winner(asked('/a/c', { method: 'POST' }), ...table)).toBe(1);
});

describe('conditions', () => {
  test('all headers must be equal; a repeated header is one list', () => {
    const match = prefixMatch('/', { headers: [{ type: 'Exact', name: 'x', value: '1,2' }] });
    const sent = (...values: string[]) => HeaderList.from(values.map((value) => ['X', value]));
    expect(winner(asked('/', { headers: sent('1', '2') }), match)).toBe(0);
    expect(winner(asked('/', { headers: sent('1') }), match)).toBeUndefined();
    expect(winner(asked('/'), match)).toBeUndefined();
  });

  test('query parameters are decoded, and the first of a name counts', () => {
    const match = prefixMatch('/', { query: [{ type: 'Exact', name: 'a b', value: 'é' }] });
    expect(winner(asked('/', { query: 'z&a+b=%C3%A9&a%20b=2' }), match)).toBe(0);
    expect(winner(asked('/', { query: 'a+b=2&a+b=%C3%A9' }), match)).toBeUndefined();
    expect(winner(asked('/', { query: 'a+b=%ZZ' }), match)).toBeUndefined();
  });

  test('of two conditions on one name only the first counts', () => {
    const headers = [1, 2].map((n) => ({ type: 'Exact', name: 'x', value: String(n) }) as const);
    expect(winner(asked('/', { headers: HeaderList.from([['x', '1']]) }), prefixMatch('/', { headers }))).toBe(0);
  });

  test('an expression has to match the whole value, and an absent one never does', () => {
    const version = { type: 'RegularExpression', name: 'v', value: '1|22', program: anyOf('1', '22', '') } as const;
    const byHeader = (...sent: [string, string][]) =>
      winner(asked('/', { headers: HeaderList.from(sent) }), prefixMatch('/', { headers: [version] }));
    expect([byHeader(['v', '22']), byHeader(['v', '221']), byHeader()]).toEqual([0, undefined, undefined]);
    const byQuery = (query: string) => winner(asked('/', { query }), prefixMatch('/', { query: [version] }));
    expect([byQuery('v=%31'), byQuery('v=2'), byQuery('w=1')]).toEqual([0, undefined, undefined]);
  });

  test('what this router does not know never holds', () => {
    const later = { type: 'Later', name: 'x', value: '1' } as unknown as ValueMatch;
    const headers = HeaderList.from([['x', '1']]);
    const path = { type: 'Later', value: '/a' } as unknown as RouteMatch['path'];
    expect(winner(asked('/a'), { rule: 0, path })).toBeUndefined();
    expect(winner(asked('/', { headers }), prefixMatch('/', { headers: [later] }))).toBeUndefined();
  });
});

test('an expression for the path holds its place among other matches', () => {
  const table = [exact('/a'), expression('/a', '/b', '/c/d'), prefixMatch('/b'), prefixMatch('/'), expression('/z')];
  expect(['/a', '/b', '/b/x', '/c/d', '/z'].map((path) => winner(asked(path), ...table))).toEqual([0, 1, 2, 1, 3]);
});

test('a rule is named after its route, by its name or else its place', () => {
  const named = { ...ruleAt(0).id, kind: 'GRPCRoute', ruleName: 'beta' } as const;
  const rules = [ruleAt(3), { ...ruleAt(0), id: named }];
  const compiled = compileRouteTable({ matches: [], rules });
  expect(compiled.rules.map((rule) => rule.name)).toEqual(['HTTPRoute/shop/route/3', 'GRPCRoute/shop/route/beta']);
});

const segment = fc.constantFrom('a', 'b', 'aa', '');
const path = fc
  .array(segment, { minLength: 1, maxLength: 4 })
  .map((segments) => `/${segments.filter((s, i) => s || i === segments.length - 1).join('/')}`);
const value = fc.constantFrom('1', '2');
const condition = fc.record({ type: fc.constant('Exact' as const), name: fc.constantFrom('x', 'y'), value });
const match: fc.Arbitrary<RouteMatch> = fc.record(
  {
    rule: fc.constant(0),
    path: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({ type: fc.constantFrom('Exact' as const, 'PathPrefix' as const), value: path }),
      },
      {
        weight: 1,
        arbitrary: fc.array(path, { minLength: 1, maxLength: 3 }).map((paths) => expression(...paths).path),
      },
    ),
    method: fc.constantFrom('GET', 'POST'),
    headers: fc.array(condition, { maxLength: 1 }),
    query: fc.array(condition, { maxLength: 1 }),
  },
  { requiredKeys: ['rule', 'path'] },
);
const input: fc.Arbitrary<MatchInput> = fc.record({
  path,
  method: fc.constantFrom('GET', 'POST'),
  headers: fc
    .array(fc.tuple(fc.constantFrom('x', 'y'), value), { maxLength: 2 })
    .map((pairs) => HeaderList.from(pairs)),
  query: fc.option(fc.constantFrom('x=1', 'y=2', 'x=1&y=2'), { nil: undefined }),
});

/** Gateway API word by word, over the whole list. */
function naive(matches: readonly RouteMatch[], q: MatchInput): number | undefined {
  const parameters = new URLSearchParams(q.query);
  const index = matches.findIndex(({ path: wanted, method, headers = [], query = [] }) => {
    const trimmed = wanted.value.replace(/\/$/, '');
    const onPath = {
      Exact: q.path === wanted.value,
      PathPrefix: q.path === trimmed || q.path.startsWith(`${trimmed}/`),
      RegularExpression: wanted.value.split('|').includes(q.path),
    }[wanted.type];
    const byMethod = method === undefined || method === q.method;
    const byHeaders = headers.every((h) => q.headers.combined(h.name) === h.value);
    return onPath && byMethod && byHeaders && query.every((p) => parameters.get(p.name) === p.value);
  });
  return index < 0 ? undefined : index;
}

test('the index finds what a scan of the whole list finds, in any order of the list', () => {
  fc.assert(
    fc.property(fc.array(match, { maxLength: 12 }), input, (matches, q) => {
      expect(winner(q, ...matches)).toBe(naive(matches, q));
    }),
    { numRuns: 3000 },
  );
});
