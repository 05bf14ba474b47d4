import type { Chunk, TrustBundle } from '../../../snapshot/chunk.ts';
import { canonicalJson, type Sha256, sha256 } from '../../../snapshot/content.ts';
import {
  bucketOf,
  type ChunkIndex,
  type IndexBucket,
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
  readonly revocations: Revocations;
}

/** A manifest to be signed, and the text of every chunk and bucket that it leads to. */
export interface BuiltSnapshot {
  readonly manifest: Manifest;
  readonly chunks: Map<Sha256, string>;
}

/** Entries that a bucket should hold at most: a changed chunk moves its whole bucket. */
const BUCKET_SIZE = 64;
/** Beyond 2^7 hashes the manifest itself, which every change moves, outweighs what smaller buckets save. */
const MAX_BITS = 7;

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
}

export async function buildSnapshot(compiled: CompiledMesh, sign: SnapshotSign): Promise<BuiltSnapshot> {
  const store = new ChunkStore();
  const { services, policies, gateways } = compiled;
  const keys = [
    ...services.map(({ namespace, name }) => serviceKey(namespace, name)),
    ...policies.map(({ namespace }) => policiesKey(namespace)),
  ];
  const hashes = await store.addAll([...services, ...policies]);
  const gatewayHashes = await store.addAll(gateways);
  const manifest: Manifest = {
    format: 1,
    revision: sign.revision,
    generation: sign.generation,
    issuedAt: sign.issuedAt,
    mesh: compiled.mesh,
    trustBundle: await store.add(sign.trustBundle),
    revocations: sign.revocations,
    index: await buildIndex(keys, hashes, store),
    gateways: Object.fromEntries(gateways.map((g, i) => [`${g.namespace}/${g.name}`, gatewayHashes[i] ?? ''])),
  };
  return { manifest, chunks: store.chunks };
}

/** Bits of the bucket number for so many keys. */
export function indexBits(keys: number): number {
  let bits = 0;
  while (bits < MAX_BITS && keys > BUCKET_SIZE << bits) bits++;
  return bits;
}

async function buildIndex(keys: readonly string[], hashes: readonly Sha256[], store: ChunkStore): Promise<ChunkIndex> {
  const bits = indexBits(keys.length);
  const buckets = Array.from({ length: 1 << bits }, (): Record<string, Sha256> => ({}));
  keys.forEach((key, index) => {
    const bucket = buckets[bucketOf(key, bits)];
    if (bucket !== undefined) bucket[key] = hashes[index] ?? '';
  });
  const isFilled = (bucket: IndexBucket): boolean => Object.keys(bucket).length > 0;
  const filled = await store.addAll(buckets.filter(isFilled));
  let next = 0;
  return { bits, buckets: buckets.map((bucket) => (isFilled(bucket) ? (filled[next++] ?? null) : null)) };
}
