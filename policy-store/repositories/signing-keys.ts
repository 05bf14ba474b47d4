import { and, asc, desc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Session } from '../db/database.ts';
import { signingKeys } from '../db/schema.ts';
import type { KeyClass, KeyRecord, KeyRepository, SigningKey } from '../issuer/index.ts';
import { unwrapPrivateKey, wrapPrivateKey } from '../issuer/index.ts';
import { StoreStartError } from '../refusal.ts';
import { Vault } from '../sealing/vault.ts';

const COLUMN = { active: 'activeAt', retiring: 'retiringAt', removed: 'removedAt' } as const;

/** Signing keys in the database, their private parts wrapped by a key that is not in it. */
export class StoredKeys implements KeyRepository {
  readonly #session: Session;
  readonly #kek: CryptoKey;
  /** For what else is sealed under the same key. */
  readonly vault: Vault;

  constructor(session: Session, kek: CryptoKey) {
    this.#session = session;
    this.#kek = kek;
    this.vault = new Vault(kek);
  }

  async active(cls: KeyClass): Promise<SigningKey | undefined> {
    const { class: column, activeAt, retiringAt, removedAt, sequence } = signingKeys;
    const [row] = await this.#session
      .select()
      .from(signingKeys)
      .where(and(eq(column, cls), isNotNull(activeAt), isNull(retiringAt), isNull(removedAt)))
      .orderBy(desc(activeAt), desc(sequence))
      .limit(1);
    return row && this.#open(row);
  }

  async records(): Promise<KeyRecord[]> {
    const rows = await this.#session.select().from(signingKeys).orderBy(asc(signingKeys.sequence));
    return rows.map(({ kid, class: cls, publicJwk, createdAt, generation, endorsement, ...row }) => ({
      kid,
      class: cls,
      publicJwk,
      createdAt: createdAt.getTime(),
      dueAt: (row.dueAt ?? createdAt).getTime(),
      activeAt: row.activeAt?.getTime() ?? null,
      retiringAt: row.retiringAt?.getTime() ?? null,
      removedAt: row.removedAt?.getTime() ?? null,
      generation,
      endorsement,
    }));
  }

  async add(key: SigningKey, dueAt: number, endorsement: string | null): Promise<void> {
    const { kid, publicJwk, createdAt } = key;
    const privateKey = await wrapPrivateKey(key.privateJwk, this.#kek);
    const bundleSequence = (await this.sequence()) + 1;
    const times = { createdAt: new Date(createdAt), dueAt: new Date(dueAt) };
    await this.#session
      .insert(signingKeys)
      .values({ kid, class: key.class, publicJwk, privateKey, ...times, bundleSequence, endorsement });
  }

  async move(kid: string, to: 'active' | 'retiring' | 'removed', at: number): Promise<void> {
    const forgotten = to === 'removed' && { privateKey: '', bundleSequence: (await this.sequence()) + 1 };
    await this.#session
      .update(signingKeys)
      .set({ [COLUMN[to]]: new Date(at), ...forgotten })
      .where(eq(signingKeys.kid, kid));
  }

  async setDue(kid: string, dueAt: number): Promise<void> {
    await this.#session
      .update(signingKeys)
      .set({ dueAt: new Date(dueAt) })
      .where(eq(signingKeys.kid, kid));
  }

  /** The keys that no generation told of until now are told by this one. */
  async tell(generation: number): Promise<void> {
    await this.#session.update(signingKeys).set({ generation }).where(isNull(signingKeys.generation));
  }

  /** `spiffe_sequence` of the bundle of these keys: grows with every key that comes or goes. */
  async sequence(): Promise<number> {
    const newest = sql<string | null>`max(greatest(${signingKeys.sequence}, ${signingKeys.bundleSequence}))`;
    const [row] = await this.#session.select({ newest }).from(signingKeys);
    return Number(row?.newest ?? 0);
  }

  async #open(row: typeof signingKeys.$inferSelect): Promise<SigningKey> {
    const { kid, publicJwk, createdAt } = row;
    let privateJwk: JsonWebKey;
    try {
      privateJwk = await unwrapPrivateKey(row.privateKey, this.#kek);
    } catch {
      throw new StoreStartError(
        'The signing keys in the database do not open with this key encryption key. Start with the key that they were made under.',
      );
    }
    return { kid, class: row.class, publicJwk, privateJwk, createdAt: createdAt.getTime() };
  }
}
