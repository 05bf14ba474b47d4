import { expect, test } from 'vitest';
import { canonicalJson, sha256 } from '../../../snapshot/content.ts';
import { bucketOf, type IndexBucket, serviceKey } from '../../../snapshot/manifest.ts';
import { compileMesh } from '../index.ts';
import { buildSnapshot, indexBits } from './build-snapshot.ts';

const service = (name: string, url = 'http://example.com') => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Service',
  metadata: { namespace: 'shop', name },
  spec: { endpoints: [{ url }] },
});

const sign = {
  ...{ revision: 3, generation: 5, issuedAt: 7 },
  trustBundle: {
    kind: 'trust-bundle',
    trustDomain: 'mesh.local',
    spiffe_sequence: 1,
    spiffe_refresh_hint: 300,
    keys: [],
  },
  revocations: { ids: [], jkts: [], kids: [], issuedBefore: {}, workloads: [] },
} as const;

const build = (documents: ReturnType<typeof service>[]) => buildSnapshot(compileMesh(documents, { dev: false }), sign);

test('every chunk is stored under the hash of its text', async () => {
  const { chunks } = await build([service('a'), service('b')]);
  for (const [hash, text] of chunks) expect(await sha256(text)).toBe(hash);
});

test('a service is found through its bucket', async () => {
  const { manifest, chunks } = await build(Array.from({ length: 300 }, (_, i) => service(`s${i}`)));
  const key = serviceKey('shop', 's42');
  const bucket = chunks.get(manifest.index.buckets[bucketOf(key, manifest.index.bits)] ?? '') ?? '';
  const chunk = chunks.get((JSON.parse(bucket) as IndexBucket)[key] ?? '') ?? '';
  expect(JSON.parse(chunk)).toMatchObject({ kind: 'service', name: 's42' });
});

test('equal meshes have equal bytes', async () => {
  const [one, two] = [await build([service('a'), service('b')]), await build([service('b'), service('a')])];
  expect(canonicalJson(two.manifest)).toBe(canonicalJson(one.manifest));
});

test('an empty mesh has one empty bucket', async () => {
  expect((await build([])).manifest.index).toEqual({ bits: 0, buckets: [null] });
});

test.each([
  [0, 0],
  [64, 0],
  [65, 1],
  [1000, 4],
  [10_000, 7],
  [1_000_000, 7],
])('%i keys need %i bits', (keys, bits) => {
  expect(indexBits(keys)).toBe(bits);
});

test('one change among 10,000 services moves one bucket and one chunk, 22 kB with the manifest', async () => {
  const one = compileMesh([service('one')], { dev: false });
  const services = Array.from({ length: 10_000 }, (_, i) => ({ ...one.services[0]!, name: `service-${i}` }));
  const before = await buildSnapshot({ ...one, services }, sign);
  services[77] = { ...services[77]!, identity: 'spiffe://mesh.local/changed' };
  const after = await buildSnapshot({ ...one, services }, sign);
  const moved = [...after.chunks].filter(([hash]) => !before.chunks.has(hash)).map(([, text]) => text.length);
  expect(moved).toHaveLength(2);
  // A compact JWS: base64url of the payload, plus header and signature.
  const manifest = (canonicalJson(after.manifest).length * 4) / 3 + 200;
  expect(moved.reduce((sum, bytes) => sum + bytes, manifest)).toBeLessThan(22_000);
});
