import type { Chunk, TrustBundle } from '../../../snapshot/chunk.ts';
import { canonicalJson, type Sha256, sha256 } from '../../../snapshot/content.ts';
import type { IssuerKey, KeySet } from '../../../snapshot/key-set.ts';
import {
  bucketOf,
  type ChunkIndex,
  type IndexBucket,
  keySetKey,
  type Manifest,
  policiesKey,
  type Revocations,
  serviceKey,
} from '../../../snapshot/manifest.ts';
import type { CompiledMesh } from '../compile-mesh.ts';

/** What a snapshot says of itself beside the compiled documents. */
export interface SnapshotSign {
  readonly revision: number;
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly trustBundle: TrustBundle;
  /** Key ID of the hop key that signs. */
  readonly hopKid?: string;
  readonly revocations: Revocations;
  /** What issuers of end-user tokens last answered, by the name of the key set; absent: nothing is trusted. */
  readonly issuerKeys?: ReadonlyMap<string, readonly IssuerKey[]>;
}

/** A manifest to be signed, and the text of every chunk and bucket that it leads to. */
export interface BuiltSnapshot {
  readonly manifest: Manifest;
  readonly chunks: Map<Sha256, string>;
}

/** Entries that a bucket should hold at most: a changed chunk moves its whole bucket (100 bytes an entry). */
const BUCKET_SIZE = 32;
/** Buckets that the manifest itself lists at most; every change moves them all. */
const ONE_LEVEL_BITS = 4;
const MAX_BITS = 16;

/** Content by the hash of its text. */
class ChunkStore {
  readonly chunks = new Map<Sha256, string>();

  async add(content: Chunk | IndexBucket): Promise<Sha256> {
    const [hash] = await this.addAll([content]);
    return hash ?? '';
  }

  /** Hashes side by side: WebCrypto answers later, and waiting for each of 10,000 takes longer than the hashing. */
  async addAll(contents: readonly (Chunk | IndexBucket)[]): Promise<Sha256[]> {
    const texts = contents.map(canonicalJson);
    const hashes = await Promise.all(texts.map(sha256));
    hashes.forEach((hash, index) => {
      this.chunks.set(hash, texts[index] ?? '');
    });
    return hashes;
  }

  /** Sorts entries into 2^bits buckets and stores those that are not empty. @param entries number of the bucket, key, hash */
  async addBuckets(bits: number, entries: readonly (readonly [number, string, Sha256])[]): Promise<(Sha256 | null)[]> {
    const filled = new Map<number, Record<string, Sha256>>();
    for (const [number, key, hash] of entries) {
      const bucket = filled.get(number) ?? {};
      filled.set(number, bucket);
      bucket[key] = hash;
    }
    const hashes = await this.addAll([...filled.values()]);
    const buckets = Array.from({ length: 1 << bits }, (): Sha256 | null => null);
    [...filled.keys()].forEach((number, index) => {
      buckets[number] = hashes[index] ?? null;
    });
    return buckets;
  }
}

export async function buildSnapshot(compiled: CompiledMesh, sign: SnapshotSign): Promise<BuiltSnapshot> {
  const store = new ChunkStore();
  const { services, policies, gateways, keySets } = compiled;
  const keys = [
    ...services.map(({ namespace, name }) => serviceKey(namespace, name)),
    ...policies.map(({ namespace }) => policiesKey(namespace)),
    ...keySets.map(({ name }) => keySetKey(name)),
  ];
  const hashes = await store.addAll([
    ...services,
    ...policies,
    ...keySets.map(
      (set): KeySet => ({
        kind: 'key-set',
        issuer: set.issuer,
        keys: set.keys ?? sign.issuerKeys?.get(set.name) ?? [],
      }),
    ),
  ]);
  const gatewayHashes = await store.addAll(gateways);
  const manifest: Manifest = {
    format: 1,
    revision: sign.revision,
    generation: sign.generation,
    issuedAt: sign.issuedAt,
    mesh: compiled.mesh,
    trustBundle: await store.add(sign.trustBundle),
    ...(sign.hopKid !== undefined && { hopKid: sign.hopKid }),
    revocations: sign.revocations,
    index: await buildIndex(keys, hashes, store),
    gateways: Object.fromEntries(gateways.map((g, i) => [`${g.namespace}/${g.name}`, gatewayHashes[i] ?? ''])),
  };
  return { manifest, chunks: store.chunks };
}

/** Bits of the bucket number for so many keys, in the manifest and below it. One level is enough for few. */
export function indexBits(keys: number): Pick<ChunkIndex, 'bits' | 'deeper'> {
  let total = 0;
  while (total < MAX_BITS && keys > BUCKET_SIZE << total) total++;
  if (total <= ONE_LEVEL_BITS) return { bits: total };
  const bits = total >> 1;
  return { bits, deeper: total - bits };
}

async function buildIndex(keys: readonly string[], hashes: readonly Sha256[], store: ChunkStore): Promise<ChunkIndex> {
  const size = indexBits(keys.length);
  const { bits, deeper = 0 } = size;
  const buckets = await store.addBuckets(
    bits + deeper,
    keys.map((key, index) => [bucketOf(key, bits + deeper), key, hashes[index] ?? '']),
  );
  if (size.deeper === undefined) return { ...size, buckets };
  const below = buckets.flatMap((hash, number) => (hash === null ? [] : [[number, hash] as const]));
  const top = below.map(([number, hash]) => [number & ((1 << bits) - 1), String(number >> bits), hash] as const);
  return { ...size, buckets: await store.addBuckets(bits, top) };
}
