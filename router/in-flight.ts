/** Something that is under way. */
export interface UnderWay {
  /** Where it stands in the list; undefined: in none. Only the list writes it. */
  place?: number | undefined;
}

/**
 * What is under way at this moment, in no order. A `Set` would do the same and keep everything alive that ever was in
 * it until the next major collection: V8 makes it a new table every few additions, and a dead table that has grown old
 * holds on to the next one with all its entries.
 */
export class InFlight<T extends UnderWay> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** @param item that is in no list yet */
  add(item: T): void {
    item.place = this.#items.push(item) - 1;
  }

  /** @returns false: it was not there */
  delete(item: T): boolean {
    const { place } = item;
    if (place === undefined || this.#items[place] !== item) return false;
    item.place = undefined;
    const last = this.#items.pop() as T;
    if (last !== item) {
      this.#items[place] = last;
      last.place = place;
    }
    return true;
  }

  /** All of now: whoever goes through them may take some away. */
  list(): T[] {
    return [...this.#items];
  }
}
