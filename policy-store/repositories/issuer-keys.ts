import { and, eq, lte } from 'drizzle-orm';
import { sha256 } from '../../snapshot/content.ts';
import type { IssuerKey } from '../../snapshot/key-set.ts';
import type { Database, Session } from '../db/database.ts';
import { issuerKeys } from '../db/schema.ts';
import { believed, type KeptKeys, type KeyShelf } from '../issuer-keys/index.ts';

/** Keys of issuers outside of the mesh in the database, so that a restart has them and one store at a time asks. */
export class StoredIssuerKeys implements KeyShelf {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  find(id: string): Promise<KeptKeys | undefined> {
    return this.#database.read((session) => findIssuerKeys(session, id));
  }

  async claim(id: string, now: number, until: number): Promise<boolean> {
    const source = await sha256(id);
    const nextAt = new Date(until);
    return this.#database.write(async (session) => {
      const added = await session
        .insert(issuerKeys)
        .values({ source, name: id, keys: [], failures: 0, nextAt })
        .onConflictDoNothing()
        .returning({ source: issuerKeys.source });
      if (added.length > 0) return true;
      const taken = await session
        .update(issuerKeys)
        .set({ nextAt })
        .where(and(eq(issuerKeys.source, source), lte(issuerKeys.nextAt, new Date(now))))
        .returning({ source: issuerKeys.source });
      return taken.length > 0;
    });
  }

  async keep(id: string, { keys, fetchedAt, failures, nextAt }: KeptKeys): Promise<void> {
    const source = await sha256(id);
    const row = {
      keys,
      failures,
      fetchedAt: fetchedAt === undefined ? null : new Date(fetchedAt),
      nextAt: new Date(nextAt),
    };
    await this.#database.write(async (session) => {
      await session
        .insert(issuerKeys)
        .values({ source, name: id, ...row })
        .onConflictDoUpdate({ target: issuerKeys.source, set: row });
    });
  }
}

/** What may be believed now of the issuers that key sets are asked from, by name. */
export async function believedKeys(
  session: Session,
  sets: readonly { readonly name: string; readonly keys?: readonly IssuerKey[] }[],
  now: number,
): Promise<Map<string, readonly IssuerKey[]>> {
  const known = new Map<string, readonly IssuerKey[]>();
  for (const { name, keys } of sets) {
    if (keys === undefined) known.set(name, believed(await findIssuerKeys(session, name), now));
  }
  return known;
}

/** @param id `sourceId` */
export async function findIssuerKeys(session: Session, id: string): Promise<KeptKeys | undefined> {
  const [row] = await session
    .select()
    .from(issuerKeys)
    .where(eq(issuerKeys.source, await sha256(id)));
  if (row === undefined) return undefined;
  const { keys, fetchedAt, failures, nextAt } = row;
  return { keys, fetchedAt: fetchedAt?.getTime(), failures, nextAt: nextAt.getTime() };
}
