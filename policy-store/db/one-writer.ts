import { sql } from 'drizzle-orm';
import type { Session } from './database.ts';

/** Two halves of the advisory lock's key: "goss", then what is locked. */
const NAMESPACE = 0x676f7373;
const MIGRATIONS = 1;
const CHANGES = 2;

/** Until the transaction ends, nobody else on this database migrates. */
export async function oneMigration(session: Session): Promise<void> {
  await session.execute(sql`select pg_advisory_xact_lock(${sql.raw(`${NAMESPACE}, ${MIGRATIONS}`)})`);
}

/**
 * Until the transaction ends, nobody else on this database changes resources, keys or revocations.
 * Take it before the first read: what was read earlier may be of the past.
 */
export async function oneWriter(session: Session): Promise<void> {
  await session.execute(sql`select pg_advisory_xact_lock(${sql.raw(`${NAMESPACE}, ${CHANGES}`)})`);
}
