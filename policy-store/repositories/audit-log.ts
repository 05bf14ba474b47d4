import { asc, desc, gt } from 'drizzle-orm';
import { canonicalJson, sha256 } from '../../snapshot/content.ts';
import type { Session } from '../db/database.ts';
import { auditLog } from '../db/schema.ts';

/** Who did what to what. Holds no secrets. */
export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly actor: string;
  /** `apply`, `delete`, `revoke`, `mint-dev-token`, ... */
  readonly action: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const GENESIS = '0'.repeat(64);

/** Appends an entry that is bound to the one before it. Only inside of `Database.alone`. */
export async function appendAudit(session: Session, entry: AuditEntry): Promise<void> {
  const [last] = await session
    .select({ number: auditLog.number, hash: auditLog.hash })
    .from(auditLog)
    .orderBy(desc(auditLog.number))
    .limit(1);
  const number = (last?.number ?? 0) + 1;
  const previous = last?.hash ?? GENESIS;
  const hash = await hashOf(number, previous, entry);
  await session.insert(auditLog).values({ ...entry, number, at: new Date(entry.at), previous, hash });
}

/** First entry that does not fit the chain; undefined when all do. */
export async function brokenAuditEntry(session: Session): Promise<number | undefined> {
  let previous = GENESIS;
  let number = 0;
  for (;;) {
    const rows = await session
      .select()
      .from(auditLog)
      .where(gt(auditLog.number, number))
      .orderBy(asc(auditLog.number))
      .limit(500);
    for (const row of rows) {
      number += 1;
      const expected = await hashOf(number, previous, { ...row, at: row.at.getTime() });
      if (row.number !== number || row.previous !== previous || row.hash !== expected) return row.number;
      previous = row.hash;
    }
    if (rows.length === 0) return undefined;
  }
}

function hashOf(number: number, previous: string, entry: AuditEntry): Promise<string> {
  const { at, actor, action, subject, detail } = entry;
  return sha256(canonicalJson({ number, previous, at, actor, action, subject, detail }));
}
