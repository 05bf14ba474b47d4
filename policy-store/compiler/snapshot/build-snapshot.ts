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
  readonly chunks: ChunkTexts;
}

/** Entries that a bucket should hold at most: a changed chunk moves its whole bucket (100 bytes an entry). */
const BUCKET_SIZE = 32;
/** Buckets that the manifest itself lists at most; every change moves them all. */
const ONE_LEVEL_BITS = 4;
const MAX_BITS = 16;

/**
 * Hashes of contents that were built before. A compiled mesh keeps the pieces that the one before it had
 * (`withKnownPieces`), and no piece is changed in place: what did not change is neither written nor hashed again.
 */
const known = new WeakMap<object, Sha256>();

/** Content by the hash of its text. A text is written when it is asked for: most of them are stored already. */
export class ChunkTexts {
  readonly #contents = new Map<Sha256, Chunk | IndexBucket>();

  get size(): number {
    return this.#contents.size;
  }

  has(hash: Sha256): boolean {
    return this.#contents.has(hash);
  }

  keys(): IterableIterator<Sha256> {
    return this.#contents.keys();
  }

  get(hash: Sha256): string | undefined {
    const content = this.#contents.get(hash);
    return content && canonicalJson(content);
  }

  *[Symbol.iterator](): Generator<[Sha256, string]> {
    for (const [hash, content] of this.#contents) yield [hash, canonicalJson(content)];
  }

  async add(content: Chunk | IndexBucket): Promise<Sha256> {
    const [hash] = await this.addAll([content]);
    return hash ?? '';
  }

  /** Hashes side by side: WebCrypto answers later, and waiting for each of 10,000 takes longer than the hashing. */
  async addAll(contents: readonly (Chunk | IndexBucket)[]): Promise<Sha256[]> {
    const hashes: Sha256[] = [];
    await Promise.all(
      contents.map(async (content, index) => {
        hashes[index] = known.get(content) ?? (await sha256(canonicalJson(content)));
        known.set(content, hashes[index]);
      }),
    );
    hashes.forEach((hash, index) => {
      this.#contents.set(hash, contents[index] as Chunk | IndexBucket);
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
  const store = new ChunkTexts();
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
  return { manifest, chunks: store };
}

/** Bits of the bucket number for so many keys, in the manifest and below it. One level is enough for few. */
export function indexBits(keys: number): Pick<ChunkIndex, 'bits' | 'deeper'> {
  let total = 0;
  while (total < MAX_BITS && keys > BUCKET_SIZE << total) total++;
  if (total <= ONE_LEVEL_BITS) return { bits: total };
  const bits = total >> 1;
  return { bits, deeper: total - bits };
}

async function buildIndex(keys: readonly string[], hashes: readonly Sha256[], store: ChunkTexts): Promise<ChunkIndex> {
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
