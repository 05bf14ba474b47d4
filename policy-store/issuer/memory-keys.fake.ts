import { stateOf } from './key-schedule.ts';
import type { KeyClass, KeyRecord, KeyRepository, SigningKey } from './signing-key.ts';

/** Keys in memory. */
export class MemoryKeys implements KeyRepository {
  readonly rows: (KeyRecord & SigningKey)[] = [];

  async active(cls: KeyClass): Promise<SigningKey | undefined> {
    return this.rows.findLast((key) => key.class === cls && stateOf(key) === 'active');
  }

  async records(): Promise<KeyRecord[]> {
    return [...this.rows];
  }

  async add(key: SigningKey, dueAt: number, endorsement: string | null): Promise<void> {
    const times = { dueAt, activeAt: null, retiringAt: null, removedAt: null };
    this.rows.push({ ...key, ...times, generation: null, endorsement });
  }

  async move(kid: string, to: 'active' | 'retiring' | 'removed', at: number): Promise<void> {
    this.#change(kid, { [`${to}At`]: at });
  }

  async setDue(kid: string, dueAt: number): Promise<void> {
    this.#change(kid, { dueAt });
  }

  /** A router serves what told it of the keys so far. */
  tell(generation: number): void {
    for (const { kid, generation: told } of this.rows) if (told === null) this.#change(kid, { generation });
  }

  #change(kid: string, change: Partial<KeyRecord>): void {
    const index = this.rows.findIndex((key) => key.kid === kid);
    const row = this.rows[index];
    if (row !== undefined) this.rows[index] = { ...row, ...change };
  }
}
