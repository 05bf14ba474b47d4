import type { Random } from '../../router/ports.ts';

const POOL_SIZE = 4096;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Strong random bytes, drawn from the system a pool at a time: one draw costs more than all the rest of a request ID. */
class SystemRandom implements Random {
  /** Filled at the first use: Workers have no randomness while a script loads. */
  #pool = new Uint8Array(0);
  #used = 0;

  next(): number {
    return Math.random();
  }

  bytes(length: number): Uint8Array {
    const from = this.#take(length);
    const taken = this.#pool.slice(from, from + length);
    // None that was given stays behind in the pool: these may be secrets.
    this.#pool.fill(0, from, from + length);
    return taken;
  }

  hex(length: number): string {
    const from = this.#take(length);
    let text = '';
    for (let at = from; at < from + length; at++) text += HEX[this.#pool[at] as number];
    return text;
  }

  /** @returns where in the pool so many bytes begin that nobody else gets */
  #take(length: number): number {
    if (length > POOL_SIZE) throw new RangeError(`at most ${POOL_SIZE} random bytes at a time`);
    if (this.#used + length > this.#pool.length) {
      this.#pool = crypto.getRandomValues(new Uint8Array(POOL_SIZE));
      this.#used = 0;
    }
    this.#used += length;
    return this.#used - length;
  }
}

export const systemRandom: Random = new SystemRandom();
