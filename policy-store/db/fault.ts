import { DrizzleQueryError } from 'drizzle-orm';
import { StoreRefusal, StoreStartError } from '../refusal.ts';

/** A query that is wrong: a bug of ours. Says the SQLSTATE and nothing of the query. */
export class DatabaseFault extends Error {
  override readonly name = 'DatabaseFault';
}

/** SQLSTATEs of "not now": lock and statement timeouts, serialisation, deadlock, too many connections. */
const BUSY = new Set(['55P03', '57014', '40001', '40P01', '53300', '53400']);
/** Classes of "not at all": connection, resources, operator intervention, system, and names of socket errors. */
const UNAVAILABLE = /^(08|53|57|58|[A-Z]{4,}|E[A-Z]{3,}|CONN)/;

/**
 * What went wrong in the database, fit to be shown and logged. drizzle's own message holds the parameters of the query,
 * which may be keys or whole documents, so nothing of it is kept; of the driver's error only the code.
 */
export function withoutSecrets(error: unknown): unknown {
  if (error instanceof StoreRefusal || error instanceof StoreStartError) return error;
  const fault = error instanceof DrizzleQueryError ? error.cause : error;
  const code = codeOf(fault);
  if (code === undefined) return error instanceof DrizzleQueryError ? new DatabaseFault('A query failed.') : error;
  if (BUSY.has(code)) {
    return new StoreRefusal(
      'database_busy',
      `The database did not answer in time (${code}). Nothing was changed; try again.`,
    );
  }
  if (!UNAVAILABLE.test(code)) return new DatabaseFault(`A query failed with SQLSTATE ${code}.`);
  if (code === DISK_FULL) {
    return new StoreRefusal(
      'database_unavailable',
      `The disk of the database is full (${code}). Nothing was changed. Make room, then try again.`,
    );
  }
  if (!NOT_BEGUN.test(code)) {
    return new StoreRefusal(
      'database_unavailable',
      `The connection to the database broke (${code}). Whether a change was made is not known: look, then try again.`,
    );
  }
  return new StoreRefusal(
    'database_unavailable',
    `The database does not answer (${code}). Nothing was changed. Check that it is up, then try again.`,
  );
}

const DISK_FULL = '53100';
/** Of those, the ones that say that there was no connection to begin with. */
const NOT_BEGUN = /^(08001|08004|57P03|53|ECONNREFUSED|ENOTFOUND|EAI_|EHOST|ENET|CONNECT_TIMEOUT)/;

/** SQLSTATE or the code of a socket error; undefined when the error is not the database's. */
function codeOf(fault: unknown): string | undefined {
  if (!(fault instanceof Error) || !('code' in fault) || typeof fault.code !== 'string') return undefined;
  return /^([0-9A-Z]{5}|[A-Z][A-Z_]+)$/.test(fault.code) ? fault.code : undefined;
}

/** Runs `query` and keeps secrets out of what it throws. */
export async function guarded<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    throw withoutSecrets(error);
  }
}
