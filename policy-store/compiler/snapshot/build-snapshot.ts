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

export async function buildSnapshot(compiled: CompiledMesh, sign: SnapshotSign): Promise<BuiltSnapshot> {
  const chunks = new Map<Sha256, string>();
  const store = async (content: Chunk | IndexBucket): Promise<Sha256> => {
    const text = canonicalJson(content);
    const hash = await sha256(text);
    chunks.set(hash, text);
    return hash;
  };
  const entries: (readonly [string, Sha256])[] = [];
  for (const chunk of compiled.services) entries.push([serviceKey(chunk.namespace, chunk.name), await store(chunk)]);
  for (const chunk of compiled.policies) entries.push([policiesKey(chunk.namespace), await store(chunk)]);
  const gateways: Record<string, Sha256> = {};
  for (const chunk of compiled.gateways) gateways[`${chunk.namespace}/${chunk.name}`] = await store(chunk);
  const manifest: Manifest = {
    format: 1,
    revision: sign.revision,
    generation: sign.generation,
    issuedAt: sign.issuedAt,
    mesh: compiled.mesh,
    trustBundle: await store(sign.trustBundle),
    revocations: sign.revocations,
    index: await buildIndex(entries, store),
    gateways,
  };
  return { manifest, chunks };
}

/** Bits of the bucket number for so many keys. */
export function indexBits(keys: number): number {
  let bits = 0;
  while (bits < MAX_BITS && keys > BUCKET_SIZE << bits) bits++;
  return bits;
}

async function buildIndex(
  entries: readonly (readonly [string, Sha256])[],
  store: (bucket: IndexBucket) => Promise<Sha256>,
): Promise<ChunkIndex> {
  const bits = indexBits(entries.length);
  const buckets = Array.from({ length: 1 << bits }, (): Record<string, Sha256> => ({}));
  for (const [key, hash] of entries) {
    const bucket = buckets[bucketOf(key, bits)];
    if (bucket !== undefined) bucket[key] = hash;
  }
  const hashes: (Sha256 | null)[] = [];
  for (const bucket of buckets) hashes.push(Object.keys(bucket).length === 0 ? null : await store(bucket));
  return { bits, buckets: hashes };
}
