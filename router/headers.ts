/**
 * Header fields in order, duplicates kept, names in lower case: one flat list `[name, value, name, value, ...]`,
 * which is what undici's dispatch takes and what node:http's rawHeaders gives. Mutable; owned by one exchange.
 */
export class HeaderList {
  readonly flat: string[];

  /** @param flat alternating lower-case names and values; not copied */
  constructor(flat: string[] = []) {
    this.flat = flat;
  }

  static from(pairs: Iterable<readonly [string, string]>): HeaderList {
    const list = new HeaderList();
    for (const [name, value] of pairs) list.append(name.toLowerCase(), value);
    return list;
  }

  /** The first value. */
  get(name: string): string | undefined {
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return flat[i + 1];
    return undefined;
  }

  getAll(name: string): string[] {
    const values: string[] = [];
    for (let i = 0; i < this.flat.length; i += 2) if (this.flat[i] === name) values.push(this.flat[i + 1] as string);
    return values;
  }

  /** All values as one, the way RFC 9110 5.3 combines them; undefined when absent. */
  combined(name: string): string | undefined {
    let value: string | undefined;
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] === name) value = value === undefined ? flat[i + 1] : `${value},${flat[i + 1]}`;
    }
    return value;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  count(name: string): number {
    let n = 0;
    for (let i = 0; i < this.flat.length; i += 2) if (this.flat[i] === name) n++;
    return n;
  }

  append(name: string, value: string): void {
    this.flat.push(name, value);
  }

  /** Replaces every field of this name by one, in the place of the first. */
  set(name: string, value: string): void {
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] === name) {
        flat[i + 1] = value;
        this.#deleteFrom(i + 2, (n) => n === name);
        return;
      }
    }
    flat.push(name, value);
  }

  delete(name: string): void {
    this.#deleteFrom(0, (n) => n === name);
  }

  deleteWhere(drop: (name: string) => boolean): void {
    this.#deleteFrom(0, drop);
  }

  copy(): HeaderList {
    return new HeaderList(this.flat.slice());
  }

  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (let i = 0; i < this.flat.length; i += 2) yield [this.flat[i] as string, this.flat[i + 1] as string];
  }

  #deleteFrom(start: number, drop: (name: string) => boolean): void {
    const { flat } = this;
    let kept = start;
    for (let i = start; i < flat.length; i += 2) {
      if (drop(flat[i] as string)) continue;
      if (kept !== i) {
        flat[kept] = flat[i] as string;
        flat[kept + 1] = flat[i + 1] as string;
      }
      kept += 2;
    }
    flat.length = kept;
  }
}
