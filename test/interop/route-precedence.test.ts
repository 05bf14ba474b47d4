import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileMesh } from '../../policy-store/compiler/index.ts';
import { parseDocuments } from '../../policy-store/resources/index.ts';
import { HeaderList } from '../../router/headers.ts';
import { compileRouteTable } from '../../router/routing/compile.ts';
import { findMatch } from '../../router/routing/match.ts';
import {
  type ReferenceMatch,
  type ReferenceRequest,
  type ReferenceRoute,
  type ReferenceValue,
  referenceRule,
} from '../reference-matcher.ts';

const API = { apiVersion: 'gossamer.mesh/v1', kind: 'Service', metadata: { name: 'api', namespace: 'shop' }, spec: {} };

const documentOf = ({ namespace, name, created, rules }: ReferenceRoute) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name, namespace, creationTimestamp: created },
  spec: { parentRefs: [{ group: '', kind: 'Service', name: 'api' }], rules },
});

/** What becomes of a request once documents have been read, compiled and loaded: all that lies between YAML and a rule. */
function ruleInMesh(routes: readonly ReferenceRoute[], { path, method, headers, query }: ReferenceRequest) {
  const { documents, diagnostics } = parseDocuments(JSON.stringify([API, ...routes.map(documentOf)]), 'json');
  expect(diagnostics).toEqual([]);
  const { services } = compileMesh(
    documents.map(({ resource }) => resource),
    { dev: true },
  );
  const table = services[0]?.routes.default;
  if (!table) return undefined;
  const found = findMatch(compileRouteTable(table), { path, method, headers: HeaderList.from(headers), query });
  const id = found?.rule.id;
  return id && `${id.namespace}/${id.name}/${id.rule}`;
}

const segment = fc.constantFrom('a', 'b', 'ab', 'a.b');
const plainPath = fc
  .record({ segments: fc.array(segment, { maxLength: 3 }), slash: fc.boolean() })
  .map(({ segments, slash }) => `/${segments.join('/')}${slash && segments.length > 0 ? '/' : ''}`);
const pathMatch = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom('Exact' as const, 'PathPrefix' as const), value: plainPath }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('RegularExpression' as const),
      value: fc.constantFrom('/a.*', '/(a|b)/?', '/[^/]+/b', '/a\\.b', '/ab?(/.*)?', '/.{3,}'),
    }),
  },
);
const valueMatch = (...names: string[]): fc.Arbitrary<ReferenceValue> =>
  fc.oneof(
    fc.record({ name: fc.constantFrom(...names), value: fc.constantFrom('1', '22') }),
    fc.record({
      type: fc.constant('RegularExpression' as const),
      name: fc.constantFrom(...names),
      value: fc.constantFrom('1|22', '[0-9]', '2+', '.*1'),
    }),
  );
const match: fc.Arbitrary<ReferenceMatch> = fc.record(
  {
    path: pathMatch,
    method: fc.constantFrom('GET', 'POST'),
    headers: fc.array(valueMatch('X-One', 'x-one', 'x-two'), { maxLength: 3 }),
    queryParams: fc.array(valueMatch('q', 'Q'), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const rules = fc.array(fc.record({ matches: fc.array(match, { maxLength: 3 }) }, { requiredKeys: [] }), {
  minLength: 1,
  maxLength: 3,
});
const routes: fc.Arbitrary<ReferenceRoute[]> = fc.uniqueArray(
  fc.record({
    namespace: fc.constant('shop'),
    name: fc.constantFrom('m', 'z', 'a', 'm-2'),
    created: fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'),
    rules,
  }),
  { selector: ({ name }) => name, maxLength: 3 },
);
const request: fc.Arbitrary<ReferenceRequest> = fc.record({
  path: plainPath,
  method: fc.constantFrom('GET', 'POST'),
  headers: fc.array(fc.tuple(fc.constantFrom('x-one', 'X-Two'), fc.constantFrom('1', '22')), { maxLength: 3 }),
  query: fc.option(fc.constantFrom('q=1', 'q=22&q=1', 'Q=1&q=2', 'q=%31', ''), { nil: undefined }),
});

test('documents lead requests where the words of the Gateway API lead them', () => {
  fc.assert(
    fc.property(routes, fc.array(request, { minLength: 1, maxLength: 4 }), (documents, requests) => {
      for (const one of requests) expect(ruleInMesh(documents, one)).toBe(referenceRule(documents, one));
    }),
    { numRuns: 1000 },
  );
});

test('the property above meets requests that match and requests that do not', () => {
  const met = fc
    .sample(fc.tuple(routes, request), { numRuns: 500, seed: 7 })
    .map(([documents, one]) => referenceRule(documents, one) !== undefined);
  expect([met.filter(Boolean).length > 100, met.filter((found) => !found).length > 50]).toEqual([true, true]);
});
