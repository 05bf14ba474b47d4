import { and, count, eq, gt, isNull, lte, max, sql } from 'drizzle-orm';
import type { Revocations } from '../../snapshot/manifest.ts';
import type { Session } from '../db/database.ts';
import { removedWorkloads, revocations } from '../db/schema.ts';

/** What an operator revokes; the uids of removed Workloads come from the resources. */
export type RevocationLists = Omit<Revocations, 'workloads'>;
export type RevocationKind = keyof RevocationLists;

/** Longest life of a WIT and the largest clock skew, milliseconds: after that nothing is left to revoke. */
export const LONGEST_TOKEN = 4 * 3_600_000 + 30_000;

export async function readRevocations(session: Session, now: number): Promise<Revocations> {
  const rows = await session.select().from(revocations).orderBy(revocations.kind, revocations.value);
  const gone = await session
    .select({ uid: removedWorkloads.uid })
    .from(removedWorkloads)
    .where(gt(removedWorkloads.until, new Date(now)))
    .orderBy(removedWorkloads.uid);
  const of = (kind: RevocationKind) => rows.filter((row) => row.kind === kind);
  return {
    ids: of('ids').map((row) => row.value),
    jkts: of('jkts').map((row) => row.value),
    kids: of('kids').map((row) => row.value),
    issuedBefore: Object.fromEntries(
      of('issuedBefore')
        .map((row) => [row.value, row.issuedBefore ?? 0] as const)
        .filter(([, seconds]) => seconds * 1000 + LONGEST_TOKEN > now),
    ),
    workloads: gone.map((row) => row.uid),
  };
}

/** Adds to what is revoked; an `issuedBefore` only ever moves forward. */
export async function addRevocations(session: Session, lists: RevocationLists, at: Date): Promise<void> {
  const rows: (typeof revocations.$inferInsert)[] = [
    ...(['ids', 'jkts', 'kids'] as const).flatMap((kind) =>
      [...new Set(lists[kind])].map((value) => ({ kind, value, at })),
    ),
    ...Object.entries(lists.issuedBefore).map(([value, seconds]) => ({
      kind: 'issuedBefore' as const,
      value,
      issuedBefore: seconds,
      at,
    })),
  ];
  if (rows.length === 0) return;
  await session
    .insert(revocations)
    .values(rows)
    .onConflictDoUpdate({
      target: [revocations.kind, revocations.value],
      set: { issuedBefore: sql`greatest(${revocations.issuedBefore}, excluded.issued_before)`, generation: null },
    });
}

/** What no generation told routers of until now is told by this one. */
export async function tellRevocations(session: Session, generation: number): Promise<void> {
  await session.update(revocations).set({ generation }).where(isNull(revocations.generation));
}

/** The generation that told routers of the newest revocation; 0: nothing is revoked. */
export async function revocationGeneration(session: Session): Promise<number> {
  const [row] = await session.select({ newest: max(revocations.generation) }).from(revocations);
  return row?.newest ?? 0;
}

/** @returns false when it was not revoked */
export async function removeRevocation(session: Session, kind: RevocationKind, value: string): Promise<boolean> {
  const rows = await session
    .delete(revocations)
    .where(and(eq(revocations.kind, kind), eq(revocations.value, value)))
    .returning({ value: revocations.value });
  return rows.length > 0;
}

export async function countRevocations(session: Session): Promise<number> {
  const [row] = await session.select({ count: count() }).from(revocations);
  return row?.count ?? 0;
}

/** Refuses the tokens of deleted Workloads for as long as one may live. */
export async function addRemovedWorkloads(session: Session, uids: readonly string[], now: number): Promise<void> {
  await session.delete(removedWorkloads).where(lte(removedWorkloads.until, new Date(now)));
  if (uids.length === 0) return;
  const until = new Date(now + LONGEST_TOKEN);
  await session.insert(removedWorkloads).values(uids.map((uid) => ({ uid, until })));
}
