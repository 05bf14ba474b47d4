import { canonicalJson, sha256 } from '../snapshot/content.ts';
import type { Manifest } from '../snapshot/manifest.ts';
import { buildSnapshot } from './compiler/index.ts';
import type { Session } from './db/database.ts';
import { signManifest, trustBundleOf } from './issuer/index.ts';
import type { MeshState } from './mesh-state.ts';
import { believedKeys } from './repositories/issuer-keys.ts';
import { readRevocations, tellRevocations } from './repositories/revocations.ts';
import type { StoredKeys } from './repositories/signing-keys.ts';
import type { Generation } from './repositories/snapshots.ts';
import { addGeneration, newestGeneration } from './repositories/snapshots.ts';

/**
 * Makes the state the newest generation, unless the newest one already says the same.
 * Only inside of `Database.alone`. @param now milliseconds since the epoch
 */
export async function publish(
  session: Session,
  state: Pick<MeshState, 'revision' | 'compiled'>,
  keys: StoredKeys,
  now: number,
): Promise<Generation> {
  const newest = await newestGeneration(session);
  const told = async (by: Generation): Promise<Generation> => {
    await keys.tell(by.generation);
    await tellRevocations(session, by.generation);
    return by;
  };
  const generation = (newest?.generation ?? 0) + 1;
  const key = await keys.active('manifest');
  if (!key) throw new Error('There is no key to sign manifests with.');
  const hop = await keys.active('hop');
  const trustBundle = trustBundleOf(await keys.records(), state.compiled.mesh.trustDomain, await keys.sequence());
  const { manifest, chunks } = await buildSnapshot(state.compiled, {
    revision: state.revision,
    generation,
    issuedAt: now,
    trustBundle,
    ...(hop && { hopKid: hop.kid }),
    revocations: await readRevocations(session, now),
    issuerKeys: await believedKeys(session, state.compiled.keySets, now),
  });
  const content = await contentOf(manifest, key.kid);
  if (newest?.content === content) return told(newest);
  const made = { generation, revision: state.revision, jws: await signManifest(manifest, key), content };
  await addGeneration(session, { ...made, at: new Date(now), chunks }, keys.vault);
  return told(made);
}

/** The signer belongs to it: a router that joins with the newest key only must find a manifest of that key. */
const contentOf = (manifest: Manifest, kid: string): Promise<string> =>
  sha256(canonicalJson({ manifest: { ...manifest, generation: 0, issuedAt: 0 }, kid }));
