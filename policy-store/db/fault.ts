import { DrizzleQueryError } from 'drizzle-orm';
import { StoreRefusal } from '../refusal.ts';

/** SQLSTATE classes and codes that mean "not now" and not "wrong". */
const BUSY = new Set(['55P03', '57014', '40001', '40P01', '53300', '53400']);

/**
 * What went wrong in the database, fit to be shown and logged. drizzle's own message holds the parameters of the query,
 * which may be keys or whole documents, so nothing of it is kept; of the driver's error only the code.
 */
export function withoutSecrets(error: unknown): unknown {
  if (error instanceof StoreRefusal) return error;
  const fault = error instanceof DrizzleQueryError ? error.cause : error;
  const code = codeOf(fault);
  if (code === undefined && !(error instanceof DrizzleQueryError)) return error;
  if (code !== undefined && BUSY.has(code)) {
    return new StoreRefusal(
      'database_busy',
      `The database did not answer in time (${code}). Nothing was changed; try again.`,
    );
  }
  return new StoreRefusal(
    'database_unavailable',
    `The database refused or did not answer (${code ?? 'no code'}). Nothing was changed. Check that it is up, then try again.`,
  );
}

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
