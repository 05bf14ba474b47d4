/** Origins with connections of their own; the one that was used longest ago is given up first. */
const MAX_ORIGINS = 1024;

/** What is kept for each origin, bounded. */
export class Origins<T> {
  readonly #kept = new Map<string, T>();
  readonly #open: (origin: string) => T;
  readonly #giveUp: (oldest: T) => void;

  constructor(open: (origin: string) => T, giveUp: (oldest: T) => void) {
    this.#open = open;
    this.#giveUp = giveUp;
  }

  of(origin: string): T {
    const known = this.#kept.get(origin);
    if (known !== undefined) {
      // A full map is rare; until then the order matters to nobody and moving entries would cost every request.
      if (this.#kept.size >= MAX_ORIGINS) {
        this.#kept.delete(origin);
        this.#kept.set(origin, known);
      }
      return known;
    }
    const opened = this.#open(origin);
    this.#kept.set(origin, opened);
    if (this.#kept.size > MAX_ORIGINS) this.#dropOldest();
    return opened;
  }

  /** @returns all that were kept */
  clear(): T[] {
    const all = [...this.#kept.values()];
    this.#kept.clear();
    return all;
  }

  #dropOldest(): void {
    for (const [origin, oldest] of this.#kept) {
      this.#kept.delete(origin);
      this.#giveUp(oldest);
      return;
    }
  }
}
