import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';

/** Queries of one connection or transaction; the same on PGlite and on Postgres. */
export type Session = PgDatabase<PgQueryResultHKT>;

/** A database with the schema in place. Both kinds keep the same promises; test/contract holds them to it. */
export interface Database {
  /** Reads outside of any transaction. @throws StoreRefusal `database_unavailable`, `database_busy` */
  read<T>(query: (session: Session) => Promise<T>): Promise<T>;
  /** One transaction; what throws rolls it back. @throws StoreRefusal as `read`; what `work` throws */
  write<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /**
   * One transaction while nobody else on this database, in whatever process, is inside of one of these: whoever changes
   * resources, keys, revocations or the audit log does it here, and what it reads is of the present.
   */
  alone<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Another process may write to it too, so its state has to be asked for again and again. */
  readonly shared: boolean;
  /** Tells every process on this database that there is a new generation. Never throws: it only speeds up polling. */
  announce(): Promise<void>;
  /** Calls `heard` whenever somebody, this process included, announced. */
  onAnnouncement(heard: () => void): void;
  close(): Promise<void>;
}
