import type { Sql, TransactionSql } from 'postgres';

/** What a transaction does, as drizzle asks for it. */
type Work = (session: TransactionSql) => Promise<unknown>;

/** A promise of somebody whom nobody waits for any more. */
const NEVER = new Promise<never>(() => {});

/**
 * postgres.js ends the process when a transaction writes to a connection that has closed meanwhile, were it only its own
 * ROLLBACK (porsager/postgres#1208). So once the connection is lost nothing of a transaction reaches it any more: `begin` has
 * rejected by itself, and the server has rolled back.
 */
export function withoutLastWords(client: Sql): Sql {
  const begin = client.begin.bind(client) as (work: Work) => Promise<unknown>;
  const careful = (work: Work): Promise<unknown> => {
    let isLost = false;
    const done = begin(async (session) => {
      const send = session.unsafe;
      session.unsafe = ((...query: Parameters<typeof send>) => (isLost ? NEVER : send(...query))) as typeof send;
      const result = await work(session).catch((error: unknown) => {
        if (isLost || isOfConnection(error)) return NEVER;
        throw error;
      });
      return isLost ? NEVER : result;
    });
    done.catch(() => {
      isLost = true;
    });
    return done;
  };
  return Object.assign(client, { begin: careful as typeof client.begin });
}

/** An error of the socket, or the server's last word on a connection (SQLSTATE class 57P: it shuts down). */
function isOfConnection(error: unknown): boolean {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return /^(57P|CONNECTION_|ECONN|EPIPE|ETIMEDOUT|EHOST|ENET)/.test(code);
}
