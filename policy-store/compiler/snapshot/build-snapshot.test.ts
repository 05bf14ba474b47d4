import { expect, test } from 'vitest';
import { canonicalJson, sha256 } from '../../../snapshot/content.ts';
import { bucketOf, type IndexBucket, serviceKey } from '../../../snapshot/manifest.ts';
import { compileMesh } from '../index.ts';
import { type BuiltSnapshot, buildSnapshot, indexBits } from './build-snapshot.ts';

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

/** As a router walks the index. */
function find({ manifest, chunks }: BuiltSnapshot, key: string): unknown {
  const { bits, deeper, buckets } = manifest.index;
  const inBucket = (hash: string | null | undefined, name: string) =>
    (JSON.parse(chunks.get(hash ?? '') ?? '{}') as IndexBucket)[name];
  const top = buckets[bucketOf(key, bits)];
  const bucket = deeper === undefined ? top : inBucket(top, String(bucketOf(key, bits + deeper) >> bits));
  return JSON.parse(chunks.get(inBucket(bucket, key) ?? '') ?? 'null');
}

test.each([1, 300, 2000])('each of %i services is found through the index', async (count) => {
  const built = await build(Array.from({ length: count }, (_, i) => service(`s${i}`)));
  for (const name of ['s0', `s${count - 1}`]) {
    expect(find(built, serviceKey('shop', name))).toMatchObject({ kind: 'service', name });
  }
  expect(find(built, serviceKey('shop', 'none'))).toBeNull();
});

test('equal meshes have equal bytes', async () => {
  const [one, two] = [await build([service('a'), service('b')]), await build([service('b'), service('a')])];
  expect(canonicalJson(two.manifest)).toBe(canonicalJson(one.manifest));
});

test('an empty mesh has one empty bucket', async () => {
  expect((await build([])).manifest.index).toEqual({ bits: 0, buckets: [null] });
});

test.each([
  [0, { bits: 0 }],
  [32, { bits: 0 }],
  [33, { bits: 1 }],
  [512, { bits: 4 }],
  [513, { bits: 2, deeper: 3 }],
  [10_000, { bits: 4, deeper: 5 }],
  [100_000_000, { bits: 8, deeper: 8 }],
])('%i keys need %j', (keys, size) => {
  expect(indexBits(keys)).toEqual(size);
});

test('one change among 10,000 services moves two buckets and one chunk, 12 kB with the manifest', async () => {
  const one = compileMesh([service('one')], { dev: false });
  const services = Array.from({ length: 10_000 }, (_, i) => ({ ...one.services[0]!, name: `service-${i}` }));
  const before = await buildSnapshot({ ...one, services }, sign);
  services[77] = { ...services[77]!, identity: 'spiffe://mesh.local/changed' };
  const after = await buildSnapshot({ ...one, services }, sign);
  const moved = [...after.chunks].filter(([hash]) => !before.chunks.has(hash)).map(([, text]) => text.length);
  expect(moved).toHaveLength(3);
  // A compact JWS: base64url of the payload, plus header and signature.
  const manifest = (canonicalJson(after.manifest).length * 4) / 3 + 200;
  expect(moved.reduce((sum, bytes) => sum + bytes, manifest)).toBeLessThan(12_000);
});
