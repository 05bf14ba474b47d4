import { AuditChain, type AuditEntry, type AuditHead, type AuditRecord } from '../snapshot/audit-chain.ts';
import type { Database } from './db/database.ts';
import type { StorePorts } from './ports.ts';
import { appendAudit, listAudit } from './repositories/audit-log.ts';

interface Deps {
  readonly database: Database;
  readonly clock: StorePorts['clock'];
}

/** What checking the whole log says. */
export interface AuditVerdict {
  readonly intact: boolean;
  /** The last entry that is good. */
  readonly head: AuditHead;
  /** The first that is not. */
  readonly broken?: { readonly number: number; readonly why: string };
}

const PAGE = 500;

/** Who did what: written by whoever changes something, and here where nothing is changed. */
export class AuditTrail {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Writes down what happened without a change: something was refused, or read. */
  async record(entry: Omit<AuditEntry, 'at'>): Promise<void> {
    const { database, clock } = this.#deps;
    const at = clock.now();
    await database.alone((session) => appendAudit(session, { ...entry, at }));
  }

  /** Entries after `after`, oldest first. */
  list(after: number, limit: number): Promise<AuditRecord[]> {
    return this.#deps.database.read((session) => listAudit(session, after, limit));
  }

  /** Checks every entry, a page in memory at a time. */
  async verify(): Promise<AuditVerdict> {
    const chain = new AuditChain();
    for (;;) {
      const records = await this.list(chain.head.number, PAGE);
      for (const record of records) {
        const why = await chain.add(record);
        if (why !== undefined) return { intact: false, head: chain.head, broken: { number: record.number, why } };
      }
      if (records.length === 0) return { intact: true, head: chain.head };
    }
  }
}
