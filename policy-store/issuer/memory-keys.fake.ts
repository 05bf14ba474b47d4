import type { KeyClass, KeyRepository, SigningKey } from './signing-key.ts';

/** Keys in memory. */
export class MemoryKeys implements KeyRepository {
  readonly keys: SigningKey[] = [];

  async active(cls: KeyClass): Promise<SigningKey | undefined> {
    return this.keys.findLast((key) => key.class === cls);
  }

  async list(): Promise<SigningKey[]> {
    return [...this.keys];
  }

  async add(key: SigningKey): Promise<void> {
    this.keys.push(key);
  }
}
