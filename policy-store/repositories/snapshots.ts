import { desc, eq, inArray, isNull, lte } from 'drizzle-orm';
import type { Sha256 } from '../../snapshot/content.ts';
import type { ChunkTexts } from '../compiler/index.ts';
import type { Session } from '../db/database.ts';
import { chunks, manifests } from '../db/schema.ts';
import type { Vault } from '../sealing/vault.ts';

/** Generations whose manifests and chunks are kept, for routers that are behind. */
export const KEPT_GENERATIONS = 50;
const BATCH = 500;

export interface Generation {
  readonly generation: number;
  readonly revision: number;
  readonly jws: string;
  /** Equal content needs no new generation. */
  readonly content: Sha256;
}

/** Undefined only before the store has started for the first time. */
export async function newestGeneration(session: Session): Promise<Generation | undefined> {
  const [row] = await session
    .select({
      generation: manifests.generation,
      revision: manifests.revision,
      jws: manifests.jws,
      content: manifests.content,
    })
    .from(manifests)
    .orderBy(desc(manifests.generation))
    .limit(1);
  return row;
}

/** Keeps a generation, and forgets chunks that no kept generation leads to. Costs the size of the change. */
export async function addGeneration(
  session: Session,
  added: Generation & { readonly at: Date; readonly chunks: ChunkTexts },
  vault: Vault,
): Promise<void> {
  const { generation, revision, at, jws, content } = added;
  const rows = await session.select({ sha256: chunks.sha256 }).from(chunks).where(isNull(chunks.retiredAt));
  const live = new Set(rows.map((row) => row.sha256));
  const sealedRow = async (sha256: Sha256) => ({
    sha256,
    text: await vault.sealChunk(sha256, added.chunks.get(sha256) ?? ''),
  });
  const fresh = [...added.chunks.keys()].filter((sha256) => !live.has(sha256));
  for (let start = 0; start < fresh.length; start += BATCH) {
    await session
      .insert(chunks)
      .values(await Promise.all(fresh.slice(start, start + BATCH).map(sealedRow)))
      .onConflictDoUpdate({ target: chunks.sha256, set: { retiredAt: null } });
  }
  const retired = [...live].filter((sha256) => !added.chunks.has(sha256));
  for (let start = 0; start < retired.length; start += BATCH) {
    const some = retired.slice(start, start + BATCH);
    await session.update(chunks).set({ retiredAt: generation }).where(inArray(chunks.sha256, some));
  }
  await session.insert(manifests).values({ generation, revision, at, jws, content });
  const forgotten = generation - KEPT_GENERATIONS;
  await session.delete(manifests).where(lte(manifests.generation, forgotten));
  // A chunk retired at generation g was last needed by g - 1.
  await session.delete(chunks).where(lte(chunks.retiredAt, forgotten + 1));
}

export async function findChunk(session: Session, sha256: Sha256, vault: Vault): Promise<string | undefined> {
  const [row] = await session.select({ text: chunks.text }).from(chunks).where(eq(chunks.sha256, sha256));
  return row && vault.openChunk(sha256, row.text);
}
