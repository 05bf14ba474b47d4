import { MeshError } from './mesh-error.ts';

const MAX_REMEMBERED = 65_536;

/** Mesh-Calls that were used, each until nobody would believe it any more. Per process, or isolate. */
export class UsedCalls {
  readonly #size: number;
  readonly #until = new Map<string, number>();

  constructor(size = MAX_REMEMBERED) {
    this.#size = size;
  }

  /** @param now milliseconds since the epoch */
  has(id: string, now: number): boolean {
    return (this.#until.get(id) ?? 0) > now;
  }

  /**
   * Takes a Mesh-Call once. False: it was taken before.
   * @param until milliseconds since the epoch
   * @throws MeshError `replay_memory_full`: one that could not be remembered could be used twice
   */
  take(id: string, until: number, now: number): boolean {
    if (this.has(id, now)) return false;
    if (this.#until.size >= this.#size) this.#forgetExpired(now);
    if (this.#until.size >= this.#size) {
      throw new MeshError('replay_memory_full', 'more calls come in than this service can remember');
    }
    this.#until.set(id, until);
    return true;
  }

  #forgetExpired(now: number): void {
    for (const [id, until] of this.#until) if (until <= now) this.#until.delete(id);
  }
}
