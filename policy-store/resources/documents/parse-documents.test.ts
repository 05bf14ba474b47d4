import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KINDS } from '../kinds.ts';
import { parseDocuments } from './parse-documents.ts';
import { toYaml } from './to-yaml.ts';

const SERVICE = 'apiVersion: gossamer.mesh/v1\nkind: Service\nmetadata: {name: a}\n';
const codes = (text: string, type: 'yaml' | 'json' = 'yaml') =>
  parseDocuments(text, type).diagnostics.map((d) => d.code);
const names = (text: string, type: 'yaml' | 'json' = 'yaml') =>
  parseDocuments(text, type).documents.map(({ resource }) => resource.metadata.name);
/** A text may be megabytes: its beginning names a case well enough. */
const titled = (cases: readonly (readonly [text: string, code: string])[]) =>
  cases.map(([text, code]) => [JSON.stringify(text.slice(0, 40)), code, text] as const);
const json = (name: string) => `{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "${name}"}}`;

test('namespace and spec have defaults, and what only a cluster needs is dropped', () => {
  const metadata = 'metadata: {name: a, labels: {x: y}, creationTimestamp: null, managedFields: [{}], uid: u}\n';
  const [document] = parseDocuments(
    `apiVersion: v1\nkind: Service\n${metadata}status: {loadBalancer: {}}\n`,
    'yaml',
  ).documents;
  expect(document?.resource).toEqual({
    ...{ apiVersion: 'v1', kind: 'Service', spec: {} },
    metadata: { name: 'a', namespace: 'default', labels: { x: 'y' }, uid: 'u' },
  });
});

test('cluster-scoped kinds have no namespace', () => {
  const [document] = parseDocuments('apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}', 'yaml').documents;
  expect(document?.resource.metadata).toEqual({ name: 'shop', namespace: '' });
  expect(codes('apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, namespace: x}')).toEqual(['invalid-value']);
});

test('a stream may hold YAML, JSON, comments and empty documents', () => {
  expect(names(`# first\n---\n${SERVICE}---\n---\n${json('b')}\n---\n# last\n`)).toEqual(['a', 'b']);
});

test('JSON holds one document, an array, or a List', () => {
  expect(names(json('a'), 'json')).toEqual(['a']);
  expect(names(`[${json('a')}, ${json('b')}]`, 'json')).toEqual(['a', 'b']);
  expect(names(`{"apiVersion": "v1", "kind": "List", "metadata": {}, "items": [${json('a')}]}`, 'json')).toEqual(['a']);
});

test('findings say where they are', () => {
  const text = `${SERVICE}spec:\n  ports:\n    - port: 80\n    - prot: 81\n`;
  expect(parseDocuments(text, 'yaml').diagnostics).toEqual([
    expect.objectContaining({ code: 'missing-field', path: 'spec.ports[1].port', line: 7, column: 7 }),
    {
      ...{ severity: 'error', code: 'unknown-field', path: 'spec.ports[1].prot', line: 7, column: 7 },
      message: 'spec.ports[1].prot is not known (did you mean "port"?)',
      resource: 'Service a',
    },
  ]);
});

test('later findings are located by their path', () => {
  const [, document] = parseDocuments(
    `${SERVICE}---\n${SERVICE.replace('a}', 'b}')}spec:\n  ports:\n    - port: 80\n`,
    'yaml',
  ).documents;
  expect(document?.line).toBe(5);
  expect(document?.locate('spec.ports[0].port')).toEqual({ line: 10, column: 7 });
  expect(document?.locate('spec.endpoints[3].url')).toEqual({ line: 8, column: 1 });
});

test('one document twice is refused, also in two versions', () => {
  const route = (v: string) => `apiVersion: gateway.networking.k8s.io/${v}\nkind: HTTPRoute\nmetadata: {name: a}\n`;
  const [finding] = parseDocuments(`${route('v1')}---\n${route('v1beta1')}`, 'yaml').diagnostics;
  expect(finding).toMatchObject({ code: 'duplicate-document', line: 5 });
  expect(finding?.message).toContain('first on line 1');
});

test.each(
  titled([
    ['a: 1\na: 2', 'duplicate-field'],
    ['a: {b: 1, b: 2}', 'duplicate-field'],
    ['__proto__: {a: 1}', 'forbidden-name'],
    ['a: [1', 'yaml-syntax'],
    ['a: "x', 'yaml-syntax'],
    ['a: !!binary aGk=', 'yaml-syntax'],
    ['a: !custom x', 'yaml-syntax'],
    ['a: *nowhere', 'yaml-syntax'],
    ['a: &x [*x]', 'yaml-syntax'],
    ['? [a]\n: b', 'yaml-syntax'],
    ['<<: {a: 1}', 'yaml-syntax'],
    ['a: .inf', 'yaml-syntax'],
    ['%YAML 1.1\n---\na: 2001-01-01', 'yaml-syntax'],
    ['['.repeat(10_000), 'document-too-complex'],
    ['- '.repeat(10_000), 'document-too-complex'],
    ['a: '.repeat(10_000), 'document-too-complex'],
    [`a: &a [${'1,'.repeat(1000)}]\nb: [${'*a,'.repeat(1000)}]`, 'document-too-complex'],
    ['x'.repeat(5_000_000), 'document-too-large'],
    ['--- 1\n'.repeat(20_002), 'document-too-large'],
    ['just text', 'wrong-type'],
    ['- 1', 'wrong-type'],
    ['{}', 'missing-field'],
    ['apiVersion: 1', 'wrong-type'],
  ]),
)('%s is refused: %s', (_, code, text) => {
  expect(codes(text)[0]).toBe(code);
});

test.each(
  titled([
    ['{"a": 1, "a": 2}', 'duplicate-field'],
    ['{"__proto__": 1}', 'forbidden-name'],
    ['{"a": 1,}', 'json-syntax'],
    ["{'a': 1}", 'json-syntax'],
    ['{"a": 01}', 'json-syntax'],
    ['{"a": NaN}', 'json-syntax'],
    ['{"a": 1e999}', 'json-syntax'],
    ['{"a": "\n"}', 'json-syntax'],
    ['{"a": "\\x"}', 'json-syntax'],
    ['{"a": 1} {}', 'json-syntax'],
    ['', 'json-syntax'],
    ['['.repeat(100_000), 'document-too-complex'],
  ]),
)('as JSON %s is refused: %s', (_, code, text) => {
  expect(codes(text, 'json')).toEqual([code]);
});

test('very many findings are cut off', () => {
  const all = codes('--- {}\n'.repeat(500));
  expect(all).toHaveLength(101);
  expect(all.at(-1)).toBe('more-problems');
});

test('very much that is left out prevents nothing, and hides no error', () => {
  const deployments = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n---\n'.repeat(101);
  const { documents, diagnostics } = parseDocuments(
    `${deployments}apiVersion: v1\nkind: Namespace\nmetadata: {name: a}`,
    'yaml',
  );
  expect([documents.length, diagnostics.length, diagnostics.some((d) => d.severity === 'error')]).toEqual([
    1,
    101,
    false,
  ]);
  expect(codes(`${deployments}{}`)[0]).toBe('missing-field');
});

test("kubectl's own copy of a document is not kept", () => {
  const text = `apiVersion: v1\nkind: Namespace\nmetadata: {name: a, annotations: {b: c, kubectl.kubernetes.io/last-applied-configuration: '{}'}}`;
  expect(parseDocuments(text, 'yaml').documents[0]?.resource.metadata.annotations).toEqual({ b: 'c' });
});

test('messages do not repeat what may be secret', () => {
  const text = `apiVersion: gossamer.mesh/v1\nkind: Workload\nmetadata: {name: a}\nspec: {keys: [{kty: EC, crv: P-256, x: a, y: b, d: hunter2}]}`;
  const { diagnostics } = parseDocuments(text, 'yaml');
  expect(diagnostics.map((d) => d.code)).toContain('private-key');
  expect(JSON.stringify(diagnostics)).not.toContain('hunter2');
});

test('whatever the text, nothing is thrown', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'{}[]:,-&*!|>#%"\'\\ \n\tab1') }), fc.json());
  fc.assert(
    fc.property(text, fc.constantFrom('yaml' as const, 'json' as const), (any, type) => {
      expect(parseDocuments(any, type).documents).toHaveLength(0);
    }),
    { numRuns: 1000 },
  );
});

test('whatever the fields, nothing is thrown, and nothing wrong is let through', () => {
  const kind = fc.constantFrom(...KINDS);
  fc.assert(
    fc.property(
      kind,
      fc.object({ key: fc.constantFrom('rules', 'ports', 'spec', 'a') }),
      ({ apiVersion, kind }, spec) => {
        const text = JSON.stringify({ apiVersion, kind, metadata: { name: 'mesh' }, spec });
        const { documents, diagnostics } = parseDocuments(text, 'json');
        expect(documents.length + Number(diagnostics.length > 0)).toBe(1);
      },
    ),
    { numRuns: 500 },
  );
});

test('JSON is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 2, '\t'), (text, space) => {
      const document = { ...JSON.parse(json('a')), metadata: { name: 'a', annotations: { x: text } } };
      const [read] = parseDocuments(JSON.stringify(document, null, space), 'json').documents;
      expect(read?.resource.metadata.annotations).toEqual({ x: text });
    }),
  );
});

test('toYaml is read back as the same document', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b/c'), fc.string({ unit: 'grapheme' })), (annotations) => {
      const metadata = { name: 'a', namespace: 'shop', annotations };
      const resource = { apiVersion: 'gossamer.mesh/v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } };
      expect(parseDocuments(toYaml(resource), 'yaml').documents[0]?.resource).toEqual(resource);
    }),
  );
});

test('workloads of a cluster are read over with a warning, so that files with both apply', () => {
  const text =
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\n';
  const { documents, diagnostics } = parseDocuments(text, 'yaml');
  expect(documents.map(({ resource }) => resource.kind)).toEqual(['Service']);
  expect(diagnostics).toMatchObject([
    { severity: 'warning', code: 'kind-left-out', resource: 'Deployment a', line: 2, column: 1 },
  ]);
});

test('a Secret is kept in the one shape that all documents have', () => {
  const text = 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ntype: kubernetes.io/tls\ndata: {tls.crt: YQ==}\n';
  const spec = { type: 'kubernetes.io/tls', data: { 'tls.crt': 'YQ==' } };
  expect(parseDocuments(text, 'yaml').documents[0]?.resource.spec).toEqual(spec);
});

test('a Secret of no use is refused, and its values are not repeated', () => {
  const text = 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ntype: Opaque\ndata: {password: "secret!"}\n';
  const { documents, diagnostics } = parseDocuments(text, 'yaml');
  expect(documents).toEqual([]);
  expect(diagnostics.map(({ code }) => code).sort()).toEqual(['invalid-value', 'not-supported-yet']);
  expect(JSON.stringify(diagnostics)).not.toContain('secret!');
});
