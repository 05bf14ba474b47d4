import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/pglite';
import { StoreRefusal, StoreStartError } from '../refusal.ts';
import type { Database, Session } from './database.ts';
import { hasRoom, noRoom } from './disk-space.ts';
import { EmbeddedPostgres } from './embedded-postgres.ts';
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
  if (home === 'memory') {
    const client = new EmbeddedPostgres(dump ? { loadDataDir: dump } : {});
    await client.waitReady;
    return ready(
      client,
      () => Promise.reject(new StoreRefusal('database_unavailable', LOST)),
      async () => {},
    );
  }
  const { folder } = home;
  const release = await locked(folder);
  try {
    if (!(await hasRoom(folder))) throw new StoreStartError(`${noRoom(folder)} Make room, then start again.`);
    const open = (): Promise<EmbeddedPostgres> => openFolder(join(folder, 'postgres'));
    return await ready(await open(), open, release, folder);
  } catch (error) {
    await release();
    throw error;
  }
}

const BROKE_DOWN =
  'The embedded database could not write and starts again. Whether the change was made is not known: look, then try again.';
const LOST = 'The embedded database broke down, and it was in memory only. Start the store again.';

async function locked(folder: string): Promise<() => Promise<void>> {
  try {
    return await lockFolder(folder);
  } catch (error) {
    if (error instanceof StoreStartError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreStartError(`Cannot write to the data folder ${folder}: ${reason}. Choose another with --data.`);
  }
}

async function openFolder(folder: string): Promise<EmbeddedPostgres> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const client = new EmbeddedPostgres(folder);
    await client.waitReady;
    return client;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : 'unknown error';
    throw new StoreStartError(
      `The embedded database in ${folder} does not open (${reason}). Restore it from a backup, or choose another folder with --data.`,
    );
  }
}

/** @param openAgain after a panic; @param folder whose disk must have room for a change */
async function ready(
  client: EmbeddedPostgres,
  openAgain: () => Promise<EmbeddedPostgres>,
  release: () => Promise<void>,
  folder?: string,
): Promise<Database> {
  const instance = new Instance(client, openAgain);
  const listeners: (() => void)[] = [];
  try {
    const migrations = await readMigrations();
    await instance.use((session) => session.transaction((transaction) => migrate(transaction, migrations)));
  } catch (error) {
    await client.close();
    throw error;
  }
  const roomy = async (): Promise<void> => {
    if (folder === undefined || (await hasRoom(folder))) return;
    throw new StoreRefusal('database_unavailable', `${noRoom(folder)} Nothing was changed. Make room, then try again.`);
  };
  const write: Database['write'] = async (work) => {
    await roomy();
    return instance.use((session) => session.transaction(work));
  };
  return {
    shared: false,
    read: (query) => instance.use(query),
    write,
    alone: inTurn(write),
    announce: async () => {
      for (const heard of listeners) heard();
    },
    onAnnouncement: (heard) => {
      listeners.push(heard);
    },
    close: async () => {
      await instance.close();
      await release();
    },
  };
}

/** The embedded Postgres of now: one that panicked is left alone, and its successor recovers what was committed. */
class Instance {
  readonly #openAgain: () => Promise<EmbeddedPostgres>;
  #client: EmbeddedPostgres;
  #session: Session;
  #opening: Promise<void> | undefined;

  constructor(client: EmbeddedPostgres, openAgain: () => Promise<EmbeddedPostgres>) {
    this.#client = client;
    this.#session = drizzle(client);
    this.#openAgain = openAgain;
  }

  /** @throws StoreRefusal when the database panics, and while it does not open again: the next call tries once more */
  async use<T>(query: (session: Session) => Promise<T>): Promise<T> {
    if (this.#client.panic !== undefined) {
      this.#opening ??= this.#replace().finally(() => {
        this.#opening = undefined;
      });
      await this.#opening;
    }
    const client = this.#client;
    try {
      return await guarded(() => query(this.#session));
    } catch (error) {
      if (client.panic === undefined || error instanceof StoreRefusal) throw error;
      throw new StoreRefusal('database_unavailable', BROKE_DOWN);
    }
  }

  /** One that panicked must not be closed: it would try to write its last. */
  async close(): Promise<void> {
    if (this.#client.panic === undefined) await this.#client.close();
  }

  async #replace(): Promise<void> {
    try {
      this.#client = await this.#openAgain();
      this.#session = drizzle(this.#client);
    } catch (error) {
      throw error instanceof StoreStartError ? new StoreRefusal('database_unavailable', error.message) : error;
    }
  }
}
