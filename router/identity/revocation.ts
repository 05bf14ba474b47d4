import type { Revocations } from '../../snapshot/manifest.ts';
import type { ProvenIdentity } from './principal.ts';

/** A snapshot's revocations, made ready to be asked on every request. */
interface RevocationSets {
  readonly ids: ReadonlySet<string>;
  readonly jkts: ReadonlySet<string>;
  readonly kids: ReadonlySet<string>;
  readonly workloads: ReadonlySet<string>;
  /** SPIFFE ID -> milliseconds since the epoch. */
  readonly issuedBefore: ReadonlyMap<string, number>;
}

const prepared = new WeakMap<Revocations, RevocationSets>();

function prepare(revocations: Revocations): RevocationSets {
  const sets: RevocationSets = {
    ids: new Set(revocations.ids),
    jkts: new Set(revocations.jkts),
    kids: new Set(revocations.kids),
    workloads: new Set(revocations.workloads),
    issuedBefore: new Map(Object.entries(revocations.issuedBefore).map(([id, seconds]) => [id, seconds * 1000])),
  };
  prepared.set(revocations, sets);
  return sets;
}

const setsOf = (revocations: Revocations): RevocationSets => prepared.get(revocations) ?? prepare(revocations);

export const isRevokedId = (id: string, revocations: Revocations): boolean => setsOf(revocations).ids.has(id);

/** Of a key that signs tokens. */
export const isRevokedKey = (kid: string, revocations: Revocations): boolean => setsOf(revocations).kids.has(kid);

/** Why a token that is otherwise good is not believed any more; undefined when it is. */
export function revokedBecause(identity: ProvenIdentity, revocations: Revocations): string | undefined {
  const { ids, jkts, kids, workloads, issuedBefore } = setsOf(revocations);
  const { id, jkt } = identity.principal;
  if (workloads.has(identity.uid)) return 'its Workload is gone';
  if (ids.has(id)) return 'its identity is revoked';
  if (jkts.has(jkt)) return 'its key is revoked';
  if (kids.has(identity.kid)) return 'the key that signed it is revoked';
  // Inclusive: seconds are coarse, and a token of the very second of the theft must not live on.
  if (identity.issuedAt <= (issuedBefore.get(id) ?? Number.NEGATIVE_INFINITY))
    return 'it was issued before a revocation';
  return undefined;
}
