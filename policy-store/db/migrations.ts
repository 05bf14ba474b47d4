import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { sql } from 'drizzle-orm';
import { StoreStartError } from '../refusal.ts';
import type { Session } from './database.ts';
import { oneMigration } from './locks.ts';

const FOLDER = new URL('../../migrations/', import.meta.url);

interface Migration {
  readonly name: string;
  readonly sha256: string;
  readonly statements: readonly string[];
}

/** The migrations as drizzle-kit wrote them, in order. */
export async function readMigrations(folder: URL = FOLDER): Promise<Migration[]> {
  const journal: { entries: { tag: string }[] } = JSON.parse(
    await readFile(new URL('meta/_journal.json', folder), 'utf8'),
  );
  return Promise.all(
    journal.entries.map(async ({ tag }) => {
      const text = await readFile(new URL(`${tag}.sql`, folder), 'utf8');
      const sha256 = createHash('sha256').update(text).digest('hex');
      return { name: tag, sha256, statements: text.split('--> statement-breakpoint') };
    }),
  );
}

/**
 * Brings the database up to date in one transaction. Processes that start together take turns.
 * @throws StoreStartError when the database is newer than this program, or a migration was edited after it ran
 */
export async function migrate(session: Session, migrations: readonly Migration[]): Promise<void> {
  await oneMigration(session);
  await session.execute(sql`create schema if not exists gossamer`);
  await session.execute(sql`create table if not exists gossamer.migrations (
    position integer primary key, name text not null, sha256 char(64) not null, at timestamptz not null default now())`);
  const applied = await session
    .select({ name: sql<string>`name`, sha256: sql<string>`sha256` })
    .from(sql`gossamer.migrations`)
    .orderBy(sql`position`);
  if (applied.length > migrations.length) {
    throw new StoreStartError(
      `The database was migrated by a newer gossamer (it has ${applied.length} migrations, this program knows ${migrations.length}). Start that version.`,
    );
  }
  for (const [position, migration] of migrations.entries()) {
    const before = applied[position];
    if (before === undefined) await run(session, position, migration);
    else if (before.sha256 !== migration.sha256) {
      throw new StoreStartError(
        `Migration ${migration.name} is not the one that this database ran (${before.name}). Restore the file: migrations are append-only.`,
      );
    }
  }
}

async function run(session: Session, position: number, migration: Migration): Promise<void> {
  for (const statement of migration.statements) await session.execute(sql.raw(statement));
  await session.execute(
    sql`insert into gossamer.migrations (position, name, sha256) values (${position}, ${migration.name}, ${migration.sha256})`,
  );
}
