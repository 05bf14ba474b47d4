import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RouteMatch, RouteTable } from '../../snapshot/route.ts';
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

  test('what this router can not judge never holds', () => {
    const expression = { type: 'RegularExpression', name: 'x', value: '.*' } as const;
    const headers = HeaderList.from([['x', '.*']]);
    expect(winner(asked('/a'), { rule: 0, path: { type: 'RegularExpression', value: '/a' } })).toBeUndefined();
    expect(winner(asked('/', { headers }), prefixMatch('/', { headers: [expression] }))).toBeUndefined();
    expect(winner(asked('/', { query: 'x=.*' }), prefixMatch('/', { query: [expression] }))).toBeUndefined();
  });
});

test('a rule is named after its route, by its name or else its place', () => {
  const rules = [ruleAt(3), { ...ruleAt(0), id: { ...ruleAt(0).id, ruleName: 'beta' } }];
  const compiled = compileRouteTable({ matches: [], rules });
  expect(compiled.rules.map((rule) => rule.name)).toEqual(['HTTPRoute/shop/route/3', 'HTTPRoute/shop/route/beta']);
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
    path: fc.record({ type: fc.constantFrom('Exact' as const, 'PathPrefix' as const), value: path }),
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
    const onPath =
      wanted.type === 'Exact' ? q.path === wanted.value : q.path === trimmed || q.path.startsWith(`${trimmed}/`);
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
