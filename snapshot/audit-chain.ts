import { canonicalJson, type Sha256, sha256 } from './content.ts';

/** Who did what to what. Holds no secrets. */
export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `bootstrap`, `router`, a SPIFFE ID, `oidc:<issuer>#<subject>`. */
  readonly actor: string;
  /** `apply`, `delete`, `revoke`, `read-secrets`, `refused`, ... */
  readonly action: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An entry in its place in the log. */
export interface AuditRecord extends AuditEntry {
  /** 1, 2, 3, ... */
  readonly number: number;
  /** Hash of the entry before; 64 zeros for the first. */
  readonly previous: Sha256;
  readonly hash: Sha256;
}

/** The newest entry: whoever keeps it elsewhere can tell a log that was cut off or written anew. */
export type AuditHead = Pick<AuditRecord, 'number' | 'hash'>;

/** Before the first entry. */
export const AUDIT_GENESIS: AuditHead = { number: 0, hash: '0'.repeat(64) };

/** What binds an entry to its place and to all before it. */
export function auditHash(number: number, previous: Sha256, entry: AuditEntry): Promise<Sha256> {
  const { at, actor, action, subject, detail } = entry;
  return sha256(canonicalJson({ number, previous, at, actor, action, subject, detail }));
}

/** Checks entries one after the other: the store does it over its table, the command line over an export. */
export class AuditChain {
  #head: AuditHead;

  /** @param start the entry before the first that will be checked */
  constructor(start: AuditHead = AUDIT_GENESIS) {
    this.#head = start;
  }

  /** The last entry that was good. */
  get head(): AuditHead {
    return this.#head;
  }

  /** @returns what is wrong with the next entry; undefined when it fits */
  async add(record: AuditRecord): Promise<string | undefined> {
    const { number, hash } = this.#head;
    if (record.number !== number + 1) return `entry ${number + 1} is missing`;
    if (record.previous !== hash) return 'it does not follow from the entry before';
    if (record.hash !== (await auditHash(record.number, record.previous, record))) return 'its content was changed';
    this.#head = { number: record.number, hash: record.hash };
    return undefined;
  }
}
