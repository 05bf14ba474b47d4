import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { compileMesh } from '../compiler/index.ts';
import { parseDocuments, toYaml } from './index.ts';
import { KINDS, kindOf } from './kinds.ts';
import type { Resource } from './resource.ts';
import { pathText } from './schema/diagnose.ts';
import { schemaAt } from './schema/schema-at.ts';

type Step = string | number;
type Tree = Record<Step, unknown>;

const text = readFileSync(new URL('./every-field.yaml', import.meta.url), 'utf8');
const documents = parseAllDocuments(text).map((document) => document.toJS() as Tree);
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;

/** The schema that a document is checked against as people write it. */
function schemaOf({ apiVersion, kind }: Tree): z.core.$ZodType {
  const known = kindOf(String(apiVersion), String(kind));
  if (known === undefined) throw new Error(`${kind} is not known`);
  return known.rootDocument ?? known.document;
}

/** Every place of a document that its schema describes, with the schema. */
function places(document: Tree): { path: Step[]; schema: z.core.$ZodType }[] {
  const found: { path: Step[]; schema: z.core.$ZodType }[] = [];
  const visit = (value: unknown, path: Step[]): void => {
    const schema = schemaAt(schemaOf(document), path);
    if (schema === undefined || schema instanceof z.ZodUnknown) return;
    found.push({ path, schema });
    if (!isTree(value)) return;
    const keys: Step[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
    for (const key of keys) visit(value[key], [...path, key]);
  };
  visit(document, []);
  return found;
}

const WRONG_TYPE: readonly [new (...args: never[]) => z.core.$ZodType, unknown][] = [
  [z.ZodObject, 'text'],
  [z.ZodRecord, ['list']],
  [z.ZodArray, { a: 1 }],
  [z.ZodString, 7],
  [z.ZodNumber, 'text'],
  [z.ZodBoolean, 'yes'],
  [z.ZodEnum, 7],
  [z.ZodLiteral, 'text'],
  [z.ZodUnion, { a: 1 }],
];

/** What a value of this schema can not be. */
function damages(schema: z.core.$ZodType, nullable: boolean): unknown[] {
  const list: unknown[] = nullable ? [] : [null];
  list.push(...WRONG_TYPE.flatMap(([type, value]) => (schema instanceof type ? [value] : [])));
  if (schema instanceof z.ZodNumber) list.push((schema.maxValue ?? 0) + 1, (schema.minValue ?? 0) - 1, 1.5);
  if (schema instanceof z.ZodString && schema.maxLength !== null) list.push('a'.repeat(schema.maxLength + 1));
  if (schema instanceof z.ZodString && (schema.minLength ?? 0) > 0) list.push('');
  if (schema instanceof z.ZodEnum) list.push('Something');
  return list;
}

function withValue(document: Tree, path: readonly Step[], value: unknown): Tree {
  const copy = structuredClone(document);
  const last = path.at(-1);
  let at: Tree = copy;
  for (const step of path.slice(0, -1)) at = at[step] as Tree;
  if (last !== undefined) at[last] = value;
  return copy;
}

/** What is said of a document that is wrong at this place; and that it harms nobody who reads it later. */
function check(document: Tree, path: readonly Step[], place: string): void {
  const { diagnostics, documents: parsed } = parseDocuments(JSON.stringify(document, null, 1), 'json');
  expect(parsed, place).toEqual([]);
  const there = diagnostics.filter((found) => found.path === place || found.path?.startsWith(`${place}.`));
  const near = pathText(path.slice(0, -1));
  const around = diagnostics.filter((found) => near === '' || found.path?.startsWith(near));
  expect(there.length > 0 ? there : around, `${place}: ${JSON.stringify(diagnostics)}`).not.toEqual([]);
  for (const { line, column } of diagnostics)
    expect([line, column], place).toEqual([expect.any(Number), expect.any(Number)]);
  // Without these two it is no document, and no store has it.
  if (path[0] === 'apiVersion' || path[0] === 'kind') return;
  const metadata = { ...(isTree(document.metadata) ? document.metadata : {}), namespace: 'shop', name: 'x' };
  const { apiVersion, kind, metadata: _, spec, ...rest } = document;
  const { rootFields = [] } = kindOf(String(apiVersion), String(kind)) ?? {};
  const kept = rootFields.length > 0 ? { spec: rest } : { spec };
  compileMesh([{ apiVersion, kind, metadata, ...kept } as unknown as Resource], { dev: false });
}

test('the documents are right as they are', () => {
  expect(parseDocuments(text, 'yaml').diagnostics).toEqual([]);
});

test('written as YAML and read again they are the same', () => {
  const resources = parseDocuments(text, 'yaml').documents.map(({ resource }) => resource);
  const again = parseDocuments(resources.map(toYaml).join('---\n'), 'yaml');
  expect(again.documents.map(({ resource }) => resource)).toEqual(resources);
});

test('every field of every kind occurs in one of them', () => {
  const used = new Set<unknown>(documents.flatMap((document) => places(document).map(({ schema }) => schema)));
  const missing = KINDS.flatMap((kind) => unused(kind.rootDocument ?? kind.document, [kind.kind], used));
  expect(missing.filter((place) => !place.includes('.metadata'))).toEqual([]);
});

/** Fields of a schema that no document has, each schema looked into once. */
function unused(schema: z.core.$ZodType, path: string[], used: ReadonlySet<unknown>): string[] {
  const at = schemaAt(schema, []);
  if (at === undefined || at instanceof z.ZodUnknown) return [];
  if (at instanceof z.ZodArray) return unused(at.def.element, [...path, '*'], used);
  const own = at instanceof z.ZodObject || used.has(at) ? [] : [path.join('.')];
  const members = at instanceof z.ZodObject ? Object.entries(at.def.shape) : [];
  return [...own, ...members.flatMap(([name, member]) => unused(member, [...path, name], used))];
}

test.each(documents.map((document) => [`${document.kind} ${(document.metadata as Tree).name}`, document] as const))(
  'each field of %s, wrong in each way that the schema knows, is refused where it stands',
  (_title, document) => {
    for (const { path, schema } of places(document)) {
      const nullable =
        path.includes('creationTimestamp') ||
        ['addressType', 'endpoints', 'ports'].includes(String(path[0])) ||
        path.includes('conditions');
      const wrong = path.length === 0 ? [] : damages(schema, nullable);
      for (const value of wrong) check(withValue(document, path, value), path, pathText(path));
      if (schema instanceof z.ZodObject)
        check(withValue(document, [...path, 'unknwn'], 1), path, pathText([...path, 'unknwn']));
    }
  },
);
