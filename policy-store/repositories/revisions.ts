import { desc, eq, lt, max } from 'drizzle-orm';
import type { Change } from '../changes.ts';
import type { Session } from '../db/database.ts';
import { revisions } from '../db/schema.ts';
import type { Resource } from '../resources/resource.ts';
import type { Vault } from '../sealing/vault.ts';

/** One entry of the history, without what changed. */
export interface RevisionEntry {
  readonly revision: number;
  /** RFC 3339. */
  readonly at: string;
  readonly actor: string;
  /** `2 created, 1 deleted`. */
  readonly summary: string;
}

/** With the documents before and after. */
export interface RevisionDetail extends RevisionEntry {
  readonly changes: readonly Change[];
}

/** Number of the revision in force; 0 before the first. */
export async function currentRevision(session: Session): Promise<number> {
  const [row] = await session.select({ number: max(revisions.number) }).from(revisions);
  return row?.number ?? 0;
}

export async function addRevision(
  session: Session,
  revision: { number: number; at: Date; actor: string; summary: string; changes: readonly Change[] },
  vault: Vault,
): Promise<void> {
  await session.insert(revisions).values({ ...revision, changes: await sealChanges(revision.changes, vault) });
}

/** As they are stored. */
export const sealChanges = (changes: readonly Change[], vault: Vault): Promise<Change[]> =>
  each(changes, (document) => vault.seal(document));

const each = (changes: readonly Change[], turn: (document: Resource) => Promise<Resource>): Promise<Change[]> =>
  Promise.all(
    changes.map(async (change) => ({
      ...change,
      before: change.before && (await turn(change.before)),
      after: change.after && (await turn(change.after)),
    })),
  );

/** Newest first. `before` pages on. */
export async function listRevisions(session: Session, limit: number, before?: number): Promise<RevisionEntry[]> {
  const rows = await session
    .select({ number: revisions.number, at: revisions.at, actor: revisions.actor, summary: revisions.summary })
    .from(revisions)
    .where(before === undefined ? undefined : lt(revisions.number, before))
    .orderBy(desc(revisions.number))
    .limit(limit);
  return rows.map(({ number, at, ...rest }) => ({ revision: number, at: at.toISOString(), ...rest }));
}

export async function findRevision(
  session: Session,
  number: number,
  vault: Vault,
): Promise<RevisionDetail | undefined> {
  const [row] = await session.select().from(revisions).where(eq(revisions.number, number));
  return (
    row && {
      revision: row.number,
      at: row.at.toISOString(),
      actor: row.actor,
      summary: row.summary,
      changes: await each(row.changes, (document) => vault.open(document)),
    }
  );
}
