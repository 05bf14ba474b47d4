import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDocuments } from '../resources/index.ts';
import type { Resource } from '../resources/resource.ts';
import { compileMesh } from './index.ts';

const golden = new URL('./golden/', import.meta.url);

/** Documents of all golden cases, each case's as one mesh. */
const meshes: Resource[][] = readdirSync(golden).map((name) => {
  const text = readFileSync(new URL(`${name}/in.yaml`, golden), 'utf8');
  return parseDocuments(text, 'yaml').documents.map((document) => document.resource);
});
const resources = meshes.flat();

/** A document with one place in its spec replaced by anything. */
const damaged = fc
  .record({ of: fc.constantFrom(...resources), by: fc.anything(), at: fc.nat() })
  .map(({ of, by, at }) => {
    const copy = structuredClone(of);
    const places: [Record<string, unknown>, string][] = [[copy as unknown as Record<string, unknown>, 'spec']];
    for (const [parent, name] of places) {
      const value = parent[name];
      if (typeof value !== 'object' || value === null) continue;
      for (const key of Object.keys(value)) places.push([value as Record<string, unknown>, key]);
    }
    const [parent, name] = places[at % places.length]!;
    parent[name] = by;
    return copy;
  });

test('damaged documents never make the compiler throw', () => {
  fc.assert(
    fc.property(fc.array(damaged, { maxLength: 12 }), (documents) => {
      const { conditions } = compileMesh(documents, { dev: true });
      expect(conditions.size).toBeGreaterThanOrEqual(documents.length > 0 ? 1 : 0);
    }),
    { numRuns: 300 },
  );
});

test.each(meshes.map((mesh, index) => [index, mesh] as const))(
  'the order of documents does not count (%i)',
  (_, mesh) => {
    const { conditions: a, ...forward } = compileMesh(mesh, { dev: true });
    const { conditions: b, ...backward } = compileMesh([...mesh].reverse(), { dev: true });
    expect(backward).toEqual(forward);
    expect(new Map([...b].sort())).toEqual(new Map([...a].sort()));
  },
);

test('the result holds no trace of documents that routers must not see', () => {
  const text = JSON.stringify(meshes.map((mesh) => compileMesh(mesh, { dev: true }).services));
  expect(text).not.toMatch(/creationTimestamp|resourceVersion|"labels":\{"app"/);
});
