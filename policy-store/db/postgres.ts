import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { StoreStartError } from '../refusal.ts';
import type { Database } from './database.ts';
import { guarded } from './fault.ts';
import { inTurn } from './locks.ts';
import { withoutLastWords } from './lost-connection.ts';
import { migrate, readMigrations } from './migrations.ts';

const CHANNEL = 'gossamer_generation';
const CONNECT_SECONDS = 5;
/** The longest wait before a connection is tried again, seconds; queries wait with it. */
const LONGEST_BACK_OFF = 1;
/** Milliseconds; a statement that takes longer (the wait for another writer included) is answered `database_busy`. */
const STATEMENT_TIMEOUT = 30_000;

/**
 * A Postgres server, which several policy stores may share.
 * @throws StoreStartError when it is not reachable or lets nobody in; names host and port, never the password
 */
export async function openPostgres(url: string): Promise<Database> {
  const target = targetOf(url);
  const options = {
    connect_timeout: CONNECT_SECONDS,
    backoff: (failures: number) => Math.min(0.05 * 2 ** failures, LONGEST_BACK_OFF),
    connection: { application_name: 'gossamer-policy-store', statement_timeout: STATEMENT_TIMEOUT },
    onnotice: () => {},
    // Nothing here is an array; and when the server goes away during that question nobody hears its rejection.
    fetch_types: false,
  };
  const client = withoutLastWords(postgres(url, { ...options, max: 10 }));
  // drizzle changes the serializers of the client that it is given, so listening has a client of its own.
  const listener = postgres(url, { ...options, max: 1, idle_timeout: 0 });
  const session = drizzle(client);
  try {
    const migrations = await readMigrations();
    await session.transaction((transaction) => migrate(transaction, migrations));
  } catch (error) {
    await Promise.all([client.end({ timeout: 1 }), listener.end({ timeout: 1 })]);
    throw explained(error, target);
  }
  const write: Database['write'] = (work) => guarded(() => session.transaction(work));
  return {
    shared: true,
    read: (query) => guarded(() => query(session)),
    write,
    alone: inTurn(write),
    announce: async () => {
      await listener.notify(CHANNEL, '').catch(() => {});
    },
    onAnnouncement: (heard) => {
      // postgres.js listens again by itself after a lost connection; until then polling does.
      listener.listen(CHANNEL, heard).catch(() => {});
    },
    close: async () => {
      await Promise.all([client.end({ timeout: 5 }), listener.end({ timeout: 5 })]);
    },
  };
}

/** `host:port/database` of a URL, for people. */
function targetOf(url: string): string {
  try {
    const { protocol, hostname, port, pathname } = new URL(url);
    if (protocol === 'postgres:' || protocol === 'postgresql:') return `${hostname}:${port || 5432}${pathname}`;
  } catch {
    // Fall through: the text is not quoted, it may hold a password.
  }
  throw new StoreStartError('The database URL is not of the form postgres://user:password@host:port/database.');
}

function explained(error: unknown, target: string): unknown {
  if (error instanceof StoreStartError) return error;
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  const advice: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there. Start Postgres, or correct host and port.',
    ENOTFOUND: 'there is no such host. Correct the host name.',
    CONNECT_TIMEOUT: `no answer within ${CONNECT_SECONDS} s. Check host, port and firewall.`,
    '28P01': 'the password is wrong. Correct user and password.',
    '28000': 'this user may not connect. Check user and pg_hba.conf.',
    '3D000': 'there is no such database. Create it with `createdb`.',
    '42501': 'this user may not create the schema "gossamer". Grant CREATE on the database.',
  };
  return new StoreStartError(
    `Cannot use the database at ${target} (${code}): ${advice[code] ?? 'check the server and its log.'}`,
  );
}
