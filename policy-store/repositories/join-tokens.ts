import { and, count, eq, gt, lte } from 'drizzle-orm';
import type { Session } from '../db/database.ts';
import { joinedKeys, joinTokens } from '../db/schema.ts';

/** A public key that a workload registered with a join token. */
export interface JoinedKey {
  /** `metadata.uid` of the Workload. */
  readonly workload: string;
  /** RFC 7638 thumbprint. */
  readonly jkt: string;
  readonly publicJwk: JsonWebKey;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** @param digest SHA-256 of the token: the token itself is nowhere */
export async function addJoinToken(
  session: Session,
  token: { readonly digest: string; readonly workload: string; readonly expiresAt: number },
  now: number,
): Promise<void> {
  await session.delete(joinTokens).where(lte(joinTokens.expiresAt, new Date(now)));
  await session.insert(joinTokens).values({ ...token, expiresAt: new Date(token.expiresAt) });
}

export async function countJoinTokens(session: Session): Promise<number> {
  const [row] = await session.select({ count: count() }).from(joinTokens);
  return row?.count ?? 0;
}

/** Takes a token away. @returns `metadata.uid` of its Workload; undefined: it is not there (any more) or has expired */
export async function takeJoinToken(session: Session, digest: string, now: number): Promise<string | undefined> {
  const [row] = await session
    .delete(joinTokens)
    .where(and(eq(joinTokens.digest, digest), gt(joinTokens.expiresAt, new Date(now))))
    .returning({ workload: joinTokens.workload });
  return row?.workload;
}

export async function addJoinedKey(session: Session, key: JoinedKey): Promise<void> {
  await session
    .insert(joinedKeys)
    .values({ ...key, at: new Date(key.at) })
    .onConflictDoNothing();
}

/** Keys that joined for a Workload, the newest first. */
export async function joinedKeysOf(session: Session, workload: string): Promise<JoinedKey[]> {
  const rows = await session.select().from(joinedKeys).where(eq(joinedKeys.workload, workload));
  return rows.map((row) => ({ ...row, at: row.at.getTime() })).sort((a, b) => b.at - a.at);
}

/** Of all Workloads. */
export async function listJoinedKeys(session: Session): Promise<JoinedKey[]> {
  const rows = await session.select().from(joinedKeys).orderBy(joinedKeys.at).limit(10_000);
  return rows.map((row) => ({ ...row, at: row.at.getTime() }));
}

/** Keys of Workloads that are no more. */
export async function forgetJoinedKeys(session: Session, workloads: readonly string[]): Promise<void> {
  for (const workload of workloads) await session.delete(joinedKeys).where(eq(joinedKeys.workload, workload));
}
