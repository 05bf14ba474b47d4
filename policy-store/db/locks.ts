import { sql } from 'drizzle-orm';
import type { Database, Session } from './database.ts';

/** Two halves of the advisory lock's key: "goss", then what is locked. */
const NAMESPACE = 0x676f7373;
const MIGRATIONS = 1;
const CHANGES = 2;

/** Until the transaction ends, nobody else on this database migrates. */
export async function oneMigration(session: Session): Promise<void> {
  await session.execute(sql`select pg_advisory_xact_lock(${sql.raw(`${NAMESPACE}, ${MIGRATIONS}`)})`);
}

/**
 * Makes `Database.alone` of `write`. Writers of this process wait in line before they take a connection: those who wait
 * for the lock inside of one would leave none to the readers.
 */
export function inTurn(write: Database['write']): Database['alone'] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(() =>
      write(async (session) => {
        await session.execute(sql`select pg_advisory_xact_lock(${sql.raw(`${NAMESPACE}, ${CHANGES}`)})`);
        return work(session);
      }),
    );
    last = turn.catch(() => {});
    return turn;
  };
}
