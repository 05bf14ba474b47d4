import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseDocuments } from '../../resources/index.ts';
import type { Resource } from '../../resources/resource.ts';
import { compileMesh } from '../index.ts';
import { ANALYZERS, analyse, type Message } from './index.ts';

const NOW = Date.UTC(2026, 10, 23);
const fixtures = new URL('./fixtures/', import.meta.url);
const pages = new URL('../../../docs/analyzer/', import.meta.url);
const read = (path: string, base: URL): string => readFileSync(new URL(path, base), 'utf8');

function resourcesOf(yaml: string): Resource[] {
  const { documents, diagnostics } = parseDocuments(yaml, 'yaml');
  expect(diagnostics).toEqual([]);
  return documents.map(({ resource }) => resource);
}

const analysed = (resources: readonly Resource[], more: object = {}): Message[] =>
  analyse(resources, compileMesh(resources, { dev: true }), { now: NOW, ...more });
const codes = (messages: readonly Message[]): string[] => messages.map(({ code }) => code);

test.each(ANALYZERS.map(({ code, name }) => [code, name]))('%s %s is found where it is, and only there', (code) => {
  expect(codes(analysed(resourcesOf(read(`${code}/found.yaml`, fixtures))))).toContain(code);
  expect(analysed(resourcesOf(read(`${code}/clean.yaml`, fixtures)))).toEqual([]);
});

test('list, fixtures and pages are in step', () => {
  const all = ANALYZERS.map(({ code }) => code);
  expect(all).toEqual([...new Set(all)].sort());
  expect(readdirSync(fixtures).sort()).toEqual(all);
  expect(readdirSync(pages).sort()).toEqual([...all.map((code) => `${code}.md`), 'README.md']);
});

test.each(ANALYZERS.map((analyzer) => [analyzer.code, analyzer] as const))(
  'the page of %s says what it is',
  (code, { name, severity, brief }) => {
    const page = read(`${code}.md`, pages);
    expect(page.split('\n').slice(0, 3)).toEqual([`# ${code}: ${name}`, '', `${severity}. ${brief}.`]);
    expect(page.match(/^## .*$/gm)).toEqual(['## What', '## Why', '## Fix']);
    expect(read('README.md', pages)).toContain(`| [${code}](${code}.md) ${name} | ${severity} | ${brief} |`);
  },
);

test('the shop is as it should be', () => {
  const shop = resourcesOf(read('../../../examples/shop/mesh.yaml', new URL(import.meta.url)));
  expect(analysed(shop, { dev: true })).toEqual([]);
  // Its keys differ from run to run and are put in by its own program.
  expect(new Set(codes(analysed(shop)))).toEqual(new Set(['GSM0202']));
});

test('a message may be silenced for a document, by the document or by who asks', () => {
  const resources = resourcesOf(read('GSM0120/found.yaml', fixtures));
  const annotated = resources.map((resource) => ({
    ...resource,
    metadata: { ...resource.metadata, annotations: { 'gossamer.mesh/suppress': 'GSM0999, GSM01*' } },
  }));
  expect(codes(analysed(resources))).toEqual(['GSM0120']);
  expect(analysed(annotated)).toEqual([]);
  const asked = (code: string, resource: string) => codes(analysed(resources, { suppress: [{ code, resource }] }));
  expect(asked('GSM0120', 'AuthorizationPolicy shop/t*s')).toEqual([]);
  expect(asked('*', '*')).toEqual([]);
  expect(asked('GSM0120', 'AuthorizationPolicy shop/other')).toEqual(['GSM0120']);
});

test('what is said is bounded, however much there is', () => {
  const [service, ...rest] = resourcesOf(read('GSM0401/found.yaml', fixtures));
  const many = Array.from(
    { length: 300 },
    (_, i) => ({ ...service, metadata: { namespace: 'shop', name: `s${i}` } }) as Resource,
  );
  const found = analysed([...many, ...rest]).filter(({ code }) => code === 'GSM0401');
  expect([found.length, found.filter(({ message }) => message.startsWith('100 more')).length]).toEqual([201, 1]);
});

test('a service that is only fallen back to needs no policy of its own, and one with a fallback no endpoints', () => {
  const [orders] = resourcesOf(read('GSM0401/found.yaml', fixtures));
  const later = { ...orders, metadata: { namespace: 'shop', name: 'later' } } as Resource;
  const policy = {
    apiVersion: 'gossamer.mesh/v1',
    kind: 'TrafficPolicy',
    metadata: { namespace: 'shop', name: 'orders' },
    spec: { targetRefs: [{ kind: 'Service', name: orders?.metadata.name }], fallback: { service: { name: 'later' } } },
  };
  const about = (resources: readonly Resource[]): string[] =>
    analysed(resources)
      .filter(({ code }) => ['GSM0105', 'GSM0401'].includes(code))
      .map(({ code, resource }) => `${code} ${resource.metadata.name}`);
  const two = [orders as Resource, later];
  expect(about(two)).toEqual(expect.arrayContaining(['GSM0105 later', `GSM0401 ${orders?.metadata.name}`]));
  expect(about([...two, policy])).not.toContain('GSM0105 later');
  expect(about([...two, policy])).not.toContain(`GSM0401 ${orders?.metadata.name}`);
});

test('every page that a message names is there', () => {
  const named = ANALYZERS.map(({ code }) => new URL(`../../../docs/analyzer/${code}.md`, import.meta.url));
  expect(named.filter((url) => !existsSync(url))).toEqual([]);
});
