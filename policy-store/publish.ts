import { canonicalJson, sha256 } from '../snapshot/content.ts';
import type { Manifest } from '../snapshot/manifest.ts';
import { buildSnapshot } from './compiler/index.ts';
import type { Session } from './db/database.ts';
import { signManifest, trustBundleOf } from './issuer/index.ts';
import type { MeshState } from './mesh-state.ts';
import { readRevocations } from './repositories/revocations.ts';
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
  const generation = (newest?.generation ?? 0) + 1;
  const trustBundle = trustBundleOf(await keys.list(), state.compiled.mesh.trustDomain, await keys.sequence());
  const { manifest, chunks } = await buildSnapshot(state.compiled, {
    revision: state.revision,
    generation,
    issuedAt: now,
    trustBundle,
    revocations: await readRevocations(session, now),
  });
  const content = await contentOf(manifest);
  if (newest?.content === content) return newest;
  const key = await keys.active('manifest');
  if (!key) throw new Error('There is no key to sign manifests with.');
  const made = { generation, revision: state.revision, jws: await signManifest(manifest, key), content };
  await addGeneration(session, { ...made, at: new Date(now), chunks });
  return made;
}

const contentOf = (manifest: Manifest): Promise<string> =>
  sha256(canonicalJson({ ...manifest, generation: 0, issuedAt: 0 }));
