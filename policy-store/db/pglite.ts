import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { StoreStartError } from '../refusal.ts';
import type { Database } from './database.ts';
import { guarded } from './fault.ts';
import { lockFolder } from './folder-lock.ts';
import { inTurn } from './locks.ts';
import { migrate, readMigrations } from './migrations.ts';

/** Where the embedded Postgres lives: a folder that is locked for this process, or memory. */
export type PgliteHome = { readonly folder: string } | 'memory';

/**
 * Postgres inside this process. `dump` (from `PGlite.dumpDataDir`) saves an empty one the two seconds of initdb.
 * @throws StoreStartError when the folder is in use, cannot be written, or holds what is no database
 */
export async function openPglite(home: PgliteHome, dump?: Blob): Promise<Database> {
  if (home === 'memory') return ready(await PGlite.create(dump ? { loadDataDir: dump } : {}), async () => {});
  const release = await locked(home.folder);
  try {
    return await ready(await openFolder(join(home.folder, 'postgres')), release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function locked(folder: string): Promise<() => Promise<void>> {
  try {
    return await lockFolder(folder);
  } catch (error) {
    if (error instanceof StoreStartError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreStartError(`Cannot write to the data folder ${folder}: ${reason}. Choose another with --data.`);
  }
}

async function openFolder(folder: string): Promise<PGlite> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await PGlite.create(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : 'unknown error';
    throw new StoreStartError(
      `The embedded database in ${folder} does not open (${reason}). Restore it from a backup, or choose another folder with --data.`,
    );
  }
}

async function ready(client: PGlite, release: () => Promise<void>): Promise<Database> {
  const session = drizzle(client);
  const listeners: (() => void)[] = [];
  try {
    const migrations = await readMigrations();
    await session.transaction((transaction) => migrate(transaction, migrations));
  } catch (error) {
    await client.close();
    throw error;
  }
  const write: Database['write'] = (work) => guarded(() => session.transaction(work));
  return {
    shared: false,
    read: (query) => guarded(() => query(session)),
    write,
    alone: inTurn(write),
    announce: async () => {
      for (const heard of listeners) heard();
    },
    onAnnouncement: (heard) => {
      listeners.push(heard);
    },
    close: async () => {
      await client.close();
      await release();
    },
  };
}
