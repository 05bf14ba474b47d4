import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { compileMesh } from '../../policy-store/compiler/index.ts';
import { parseDocuments, type Resource } from '../../policy-store/resources/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (page: string): string => readFileSync(join(root, page), 'utf8');
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
].filter((page) => page.endsWith('.md'));

const blocksOf = (page: string): string[] =>
  [...read(page).matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);

/** A key of which a page shows only the shape. */
const withKey = (block: string): string =>
  block.replaceAll(
    'x: ..., y: ...',
    'x: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU, y: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  );

const blocks = pages.flatMap((page) => blocksOf(page).map((block, index) => [`${page} ${index + 1}`, block] as const));
const whole = blocks.filter(([, block]) => block.includes('apiVersion:'));

test('there are documents to check', () => expect(whole.length).toBeGreaterThan(5));

test.each(whole)('%s: the documents can be applied', (_, block) => {
  expect(parseDocuments(withKey(block), 'yaml').diagnostics).toEqual([]);
});

test.each(blocks.filter(([, block]) => !block.includes('apiVersion:')))(
  '%s: a part of a document is YAML',
  (_, block) => {
    for (const document of parseAllDocuments(block)) expect(document.errors).toEqual([]);
  },
);

const service = (name: string): Resource => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: { endpoints: [{ url: 'http://10.0.0.1' }] },
});

const settingsBy = (policies: readonly Resource[]): unknown =>
  compileMesh([service('payments'), ...policies], { dev: false }).services[0]?.traffic;

/** A copy without the members of these names, at any depth. */
const without = (value: unknown, names: ReadonlySet<string>): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => without(entry, names));
  const kept = Object.entries(value).filter(([name]) => !names.has(name));
  return Object.fromEntries(kept.map(([name, entry]) => [name, without(entry, names)]));
};

test('what docs/resilience.md gives as defaults are the defaults', () => {
  const [first = ''] = blocksOf('docs/resilience.md');
  const absent = [...first.matchAll(/(\w+):[^#\n]*#[^\n]*\babsent:/g)].map(([, name = '']) => name);
  expect(absent.length).toBeGreaterThan(8);
  const policy = parse(first) as Resource;
  const spec = without(policy.spec, new Set(absent));
  expect(settingsBy([{ ...policy, spec }])).toEqual(settingsBy([]));
  expect(settingsBy([policy])).not.toEqual(settingsBy([]));
});
