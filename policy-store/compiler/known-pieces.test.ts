import { expect, test } from 'vitest';
import { canonicalJson } from '../../snapshot/content.ts';
import { compileMesh, withKnownPieces } from './index.ts';

const SERVICES = 50;

const meta = (name: string) => ({ namespace: 'shop', name });
const documentsOf = (name: string, path: string) => [
  { apiVersion: 'gossamer.mesh/v1', kind: 'Service', metadata: meta(name), spec: { endpoints: [] } },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: meta(name),
    spec: {
      parentRefs: [{ group: '', kind: 'Service', name }],
      rules: [{ matches: [{ path: { type: 'Exact', value: path } }], backendRefs: [{ name, port: 80 }] }],
    },
  },
];

/** @param changed whose route differs */
const meshWith = (changed?: string) =>
  compileMesh(
    Array.from({ length: SERVICES }, (_, n) => documentsOf(`s${n}`, `s${n}` === changed ? '/b' : '/a')).flat(),
    { dev: false },
  );

test('of a mesh with one changed route one piece is new, and all are what they were compiled to', () => {
  const before = meshWith();
  const fresh = meshWith('s7');
  const after = withKnownPieces(fresh, before);
  const isNew = after.services.filter((chunk) => !before.services.includes(chunk));
  expect(isNew.map(({ name }) => name)).toEqual(['s7']);
  expect(canonicalJson(after.services)).toBe(canonicalJson(fresh.services));
});

test('a mesh that was not there before is left as it is', () => {
  const mesh = meshWith();
  expect(withKnownPieces(mesh, undefined)).toBe(mesh);
});
