import { asc, desc, gt } from 'drizzle-orm';
import { AUDIT_GENESIS, type AuditEntry, type AuditRecord, auditHash } from '../../snapshot/audit-chain.ts';
import type { Session } from '../db/database.ts';
import { auditLog } from '../db/schema.ts';

/** Appends an entry that is bound to the one before it. Only inside of `Database.alone`. */
export async function appendAudit(session: Session, entry: AuditEntry): Promise<void> {
  const [last = AUDIT_GENESIS] = await session
    .select({ number: auditLog.number, hash: auditLog.hash })
    .from(auditLog)
    .orderBy(desc(auditLog.number))
    .limit(1);
  const number = last.number + 1;
  const hash = await auditHash(number, last.hash, entry);
  await session.insert(auditLog).values({ ...entry, number, at: new Date(entry.at), previous: last.hash, hash });
}

/** Entries after `after`, oldest first. */
export async function listAudit(session: Session, after: number, limit: number): Promise<AuditRecord[]> {
  const rows = await session
    .select()
    .from(auditLog)
    .where(gt(auditLog.number, after))
    .orderBy(asc(auditLog.number))
    .limit(limit);
  return rows.map((row) => ({ ...row, at: row.at.getTime() }));
}
