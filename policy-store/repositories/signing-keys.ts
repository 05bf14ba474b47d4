import { asc, desc, eq, max } from 'drizzle-orm';
import type { Session } from '../db/database.ts';
import { signingKeys } from '../db/schema.ts';
import type { KeyClass, KeyRepository, SigningKey } from '../issuer/index.ts';
import { unwrapPrivateKey, wrapPrivateKey } from '../issuer/index.ts';
import { StoreStartError } from '../refusal.ts';

/** Signing keys in the database, their private parts wrapped by a key that is not in it. */
export class StoredKeys implements KeyRepository {
  readonly #session: Session;
  readonly #kek: CryptoKey;

  constructor(session: Session, kek: CryptoKey) {
    this.#session = session;
    this.#kek = kek;
  }

  async active(cls: KeyClass): Promise<SigningKey | undefined> {
    const [row] = await this.#session
      .select()
      .from(signingKeys)
      .where(eq(signingKeys.class, cls))
      .orderBy(desc(signingKeys.sequence))
      .limit(1);
    return row && this.#open(row);
  }

  async list(): Promise<SigningKey[]> {
    const rows = await this.#session.select().from(signingKeys).orderBy(asc(signingKeys.sequence));
    return Promise.all(rows.map((row) => this.#open(row)));
  }

  async add(key: SigningKey): Promise<void> {
    const { kid, publicJwk, createdAt } = key;
    const privateKey = await wrapPrivateKey(key.privateJwk, this.#kek);
    await this.#session
      .insert(signingKeys)
      .values({ kid, class: key.class, publicJwk, privateKey, createdAt: new Date(createdAt) });
  }

  /** `spiffe_sequence` of the bundle of these keys. */
  async sequence(): Promise<number> {
    const [row] = await this.#session.select({ sequence: max(signingKeys.sequence) }).from(signingKeys);
    return row?.sequence ?? 0;
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
