import type { KeptKeys, KeyShelf } from './issuer-keys.ts';

/** Keeps issuers' keys in memory, with the same turns as the database. */
export class MemoryShelf implements KeyShelf {
  readonly kept = new Map<string, KeptKeys>();

  async find(id: string): Promise<KeptKeys | undefined> {
    return this.kept.get(id);
  }

  async claim(id: string, now: number, until: number): Promise<boolean> {
    const kept = this.kept.get(id) ?? { keys: [], fetchedAt: undefined, failures: 0, nextAt: now };
    if (kept.nextAt > now) return false;
    this.kept.set(id, { ...kept, nextAt: until });
    return true;
  }

  async keep(id: string, kept: KeptKeys): Promise<void> {
    this.kept.set(id, kept);
  }
}
