import type { Random } from '../../router/ports.ts';

const POOL_SIZE = 4096;

/** Strong random bytes, drawn from the system a pool at a time: one draw costs more than all the rest of a request ID. */
class SystemRandom implements Random {
  /** Filled at the first use: Workers have no randomness while a script loads. */
  #pool = new Uint8Array(0);
  #used = 0;

  next(): number {
    return Math.random();
  }

  bytes(length: number): Uint8Array {
    if (length > POOL_SIZE) throw new RangeError(`at most ${POOL_SIZE} random bytes at a time`);
    if (this.#used + length > this.#pool.length) {
      this.#pool = crypto.getRandomValues(new Uint8Array(POOL_SIZE));
      this.#used = 0;
    }
    const taken = this.#pool.slice(this.#used, this.#used + length);
    // No byte is given twice, and none that was given stays behind in the pool.
    this.#pool.fill(0, this.#used, this.#used + length);
    this.#used += length;
    return taken;
  }
}

export const systemRandom: Random = new SystemRandom();
