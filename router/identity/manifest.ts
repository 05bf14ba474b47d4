import { type ChunkIndex, MANIFEST_TYPE, type Manifest } from '../../snapshot/manifest.ts';
import { type JwsLimits, JwsRejected, readStrictJws, type StrictJws } from '../../snapshot/strict-jws.ts';
import { SnapshotRejected } from '../snapshot/snapshot-rejected.ts';
import { importPublicKey, isSignedBy } from './es256.ts';
import { findKey } from './manifest-keys.ts';

/** Room for an index of thousands of buckets and a long list of revocations. */
const MANIFEST_LIMITS: JwsLimits = { text: 8 << 20, header: 1024, payload: 6 << 20, depth: 16 };
/** 2^16 buckets hold more services than a manifest has room for. */
const MAX_INDEX_BITS = 16;
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Believes a manifest only when one of the pinned keys signed it and it has the form that this router knows.
 * @param keys public JWKs with `kid`, pinned when the router was set up
 * @throws SnapshotRejected
 */
export async function verifyManifest(jws: string, keys: readonly JsonWebKey[]): Promise<Manifest> {
  const read = readManifest(jws);
  const pinned = findKey(keys, read.header.kid);
  if (pinned === undefined) throw new SnapshotRejected('the manifest is signed with a key that is not pinned here');
  const key = await importPublicKey(pinned).catch(() => {
    throw new SnapshotRejected('the pinned manifest key is not an ES256 key');
  });
  if (!(await isSignedBy(jws, key))) throw new SnapshotRejected("the manifest's signature does not hold");
  return checkForm(read.payload);
}

/** Key ID that a manifest names as its signer's, before anything of it is believed. @throws SnapshotRejected */
export const manifestKeyId = (jws: string): unknown => readManifest(jws).header.kid;

function readManifest(jws: string): StrictJws {
  try {
    return readStrictJws(jws, MANIFEST_TYPE, ['kid'], MANIFEST_LIMITS);
  } catch (error) {
    if (error instanceof JwsRejected) throw new SnapshotRejected(`the manifest is refused: ${error.message}`);
    throw error;
  }
}

/** The signer is the policy store: this is about versions that do not fit, not about attacks. */
function checkForm(payload: Readonly<Record<string, unknown>>): Manifest {
  if (payload.format !== 1) {
    throw new SnapshotRejected('the manifest has a format that this router does not know: update the router');
  }
  const manifest = payload as unknown as Manifest;
  const { revision, generation, trustBundle, hopKid = '', index, mesh, revocations, gateways } = manifest;
  const { bits = -1, buckets = [], deeper = 0 } = (index ?? {}) as Partial<ChunkIndex>;
  const fits =
    [revision, generation, mesh?.staleness?.hard, bits, deeper].every(isCount) &&
    [trustBundle, hopKid, mesh.trustDomain, mesh.domain, mesh.rootNamespace].every(isText) &&
    SHA256.test(trustBundle) &&
    bits + deeper <= MAX_INDEX_BITS &&
    Array.isArray(buckets) &&
    buckets.length === 2 ** bits &&
    buckets.every((hash) => hash === null || SHA256.test(hash)) &&
    [revocations?.ids, revocations?.jkts, revocations?.kids, revocations?.workloads].every(Array.isArray) &&
    [gateways, revocations.issuedBefore].every(isRecord);
  if (!fits) throw new SnapshotRejected('the manifest lacks a part that this router needs');
  return manifest;
}

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const isText = (value: unknown): boolean => typeof value === 'string';

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
