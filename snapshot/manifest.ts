import type { Sha256 } from './content.ts';

/** How far a router goes with what it knows when the policy store does not answer. Milliseconds. */
export interface Staleness {
  /** After this long without contact the router reports itself as stale (readiness, metrics); traffic goes on. */
  readonly soft: number;
  /** After this long without contact every request is refused with `snapshot_stale`. */
  readonly hard: number;
}

/** What MeshConfig says, with every default filled in by the compiler. */
export interface MeshSettings {
  /**
   * Where single-use proofs are remembered: nowhere, in each router's own memory, or in a store that all routers share.
   * Absent in manifests of earlier versions, which means best-effort.
   */
  readonly replayProtection?: 'off' | 'best-effort' | 'strict';
  readonly trustDomain: string;
  /** Suffix of mesh authorities, without a leading dot: `mesh` in `orders.shop.mesh`. */
  readonly domain: string;
  /** Namespace whose policies hold for the whole mesh. */
  readonly rootNamespace: string;
  readonly defaultAuthorization: 'deny' | 'allow';
  readonly staleness: Staleness;
  readonly telemetry: { readonly trustIncomingContext: boolean };
  /** IP addresses and CIDR ranges of proxies whose X-Forwarded-For is believed; absent: none. */
  readonly trustedProxies?: readonly string[];
}

/** The kill switch. Judged on every request, after any cache of verified tokens. */
export interface Revocations {
  /** SPIFFE IDs. */
  readonly ids: readonly string[];
  /** RFC 7638 thumbprints of bound keys (`cnf.jwk`). */
  readonly jkts: readonly string[];
  /** Key IDs of signing keys. */
  readonly kids: readonly string[];
  /** SPIFFE ID -> seconds since the epoch: tokens issued at or before that moment are refused. */
  readonly issuedBefore: Readonly<Record<string, number>>;
  /** `metadata.uid` of Workloads that were deleted while tokens of theirs may still live. */
  readonly workloads: readonly string[];
}

/**
 * Names -> chunks, as a tree of content-addressed buckets: one changed route among 10,000 services moves
 * one bucket and one chunk. A key stands in bucket `bucketOf(key, bits)`; its value is the chunk's hash.
 * Keys are made by `serviceKey` and `policiesKey`.
 */
export interface ChunkIndex {
  /** There are 2^bits buckets; `null` marks an empty one. */
  readonly bits: number;
  readonly buckets: readonly (Sha256 | null)[];
  /**
   * In a large mesh the index has a second level, so that neither the manifest nor a bucket grows with it: each entry of
   * `buckets` is then a bucket whose keys are the decimal numbers `bucketOf(key, bits + deeper) >> bits` of the buckets
   * that hold the keys themselves. Absent: there is one level.
   */
  readonly deeper?: number;
}

/** A bucket of the index, itself a chunk: key -> hash of the chunk that holds it. */
export type IndexBucket = Readonly<Record<string, Sha256>>;

/** The signed root of a snapshot (payload of a compact JWS, `typ: gossamer-manifest+jwt`). */
export interface Manifest {
  readonly format: 1;
  /** The revision of the resources that this was compiled from. */
  readonly revision: number;
  /** Grows with every manifest, also when only keys or revocations changed. A router refuses an older one. */
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly mesh: MeshSettings;
  /** Hash of the TrustBundle chunk. */
  readonly trustBundle: Sha256;
  /** Key ID that Mesh-Calls are signed with from now on: a router that holds another fetches it. */
  readonly hopKid?: string;
  readonly revocations: Revocations;
  readonly index: ChunkIndex;
  /** `namespace/name` of each Gateway -> hash of its GatewayChunk. Inline: whoever hosts gateways needs all of them. */
  readonly gateways: Readonly<Record<string, Sha256>>;
}

/** `typ` of the manifest's JWS header. */
export const MANIFEST_TYPE = 'gossamer-manifest+jwt';

/**
 * `typ` of an endorsement: a compact JWS by a manifest key that names the next one. Claims: `kid`, `jwk` (kty, crv, x, y)
 * and `iat` (seconds since the epoch).
 */
export const ENDORSEMENT_TYPE = 'gossamer-manifest-key+jwt';

export const serviceKey = (namespace: string, name: string): string => `service/${namespace}/${name}`;
/** Policies that hold for a whole namespace; for the root namespace, for the whole mesh. */
export const policiesKey = (namespace: string): string => `policies/${namespace}`;
/** Keys of an issuer of end-user tokens. @param name as a UserRule has it */
export const keySetKey = (name: string): string => `key-set/${name}`;

/** Which bucket of 2^bits holds a key (FNV-1a over its UTF-16 units). Part of the format: both planes must agree. */
export function bucketOf(key: string, bits: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) {
    hash ^= key.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  // The low bits of FNV-1a mix best once the high half is folded in.
  hash ^= hash >>> 15;
  return (hash >>> 0) & ((1 << bits) - 1);
}
