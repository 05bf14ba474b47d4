import { eq, like, sql } from 'drizzle-orm';
import type { Session } from '../db/database.ts';
import { chunks, revisions, upkeep } from '../db/schema.ts';
import { isSealed } from '../sealing/sealed-text.ts';
import type { Vault } from '../sealing/vault.ts';
import { readResources, sealRow } from './resources.ts';
import { sealChanges } from './revisions.ts';

const SEAL_SECRETS = 'seal-secrets';

/** Seals what an earlier version stored in clear. Once; only inside of `Database.alone`. */
export async function sealStoredSecrets(session: Session, vault: Vault, now: Date): Promise<void> {
  const [done] = await session.select().from(upkeep).where(eq(upkeep.name, SEAL_SECRETS));
  if (done) return;
  for (const resource of (await readResources(session, vault)).values()) {
    if (resource.kind === 'Secret') await sealRow(session, resource, vault);
  }
  const rows = await session
    .select()
    .from(revisions)
    .where(like(sql`${revisions.changes}::text`, '%Secret%'));
  if (rows.length > 0) {
    // The content stays the same; only how it is stored changes. The lock of `alone` keeps every other writer away.
    await session.execute(sql`alter table gossamer.revisions disable trigger revisions_append_only`);
    for (const row of rows) {
      const changes = await sealChanges(row.changes, vault);
      await session.update(revisions).set({ changes }).where(eq(revisions.number, row.number));
    }
    await session.execute(sql`alter table gossamer.revisions enable trigger revisions_append_only`);
  }
  const clear = await session.select().from(chunks).where(like(chunks.text, '%gateway%'));
  for (const { sha256, text } of clear) {
    if (isSealed(text)) continue;
    const sealed = await vault.sealChunk(sha256, text);
    if (sealed !== text) await session.update(chunks).set({ text: sealed }).where(eq(chunks.sha256, sha256));
  }
  await session.insert(upkeep).values({ name: SEAL_SECRETS, at: now }).onConflictDoNothing();
}
