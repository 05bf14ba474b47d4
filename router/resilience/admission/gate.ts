import { InFlight, type UnderWay } from '../../in-flight.ts';

/** A request that waits. */
export interface Waiting {
  /** Lets it in. Absent where requests share no promise: then it looks for itself. */
  readonly enter?: (slot: Slot) => void;
  /** When it looked last. */
  lookedAt: number;
}

/** A place among the requests at work. */
export interface Slot extends UnderWay {
  /** From then on it is taken for lost. */
  readonly until: number;
}

/** A request that looks for itself and has not for so long (ms) holds nobody up: it may have died without a word. */
const LOST_SIGHT = 250;

/**
 * So many requests of one service at the same time, and a queue before them: first come, first served. All times are
 * those of one monotonic clock, in milliseconds.
 */
export class Gate {
  readonly #slots = new InFlight<Slot>();
  readonly #queue: Waiting[] = [];
  limit = Number.POSITIVE_INFINITY;

  get atWork(): number {
    return this.#slots.size;
  }

  /**
   * @param me waits already, looks again, and leaves the queue when it got in
   * @returns undefined: there is no room, or others come first
   */
  tryEnter(now: number, until: number, me?: Waiting): Slot | undefined {
    if (me !== undefined) me.lookedAt = now;
    if (this.#slots.size >= this.limit) {
      for (const slot of this.#slots.list()) if (slot.until < now) this.#slots.delete(slot);
    }
    if (this.#slots.size >= this.limit) return undefined;
    if (this.#queue.find((other) => !isDead(other, now)) !== me) return undefined;
    return this.#take(until);
  }

  /** @param most that may wait. @returns false: the queue is full */
  tryWait(me: Waiting, most: number): boolean {
    if (this.#queue.length >= most) {
      for (const other of this.#queue.filter((one) => isDead(one, me.lookedAt))) this.leaveQueue(other);
    }
    return this.#queue.length < most && this.#queue.push(me) > 0;
  }

  /** Also of what does not wait. */
  leaveQueue(me: Waiting): void {
    const at = this.#queue.indexOf(me);
    if (at >= 0) this.#queue.splice(at, 1);
  }

  /** @returns false: it had left before */
  leave(slot: Slot): boolean {
    if (!this.#slots.delete(slot)) return false;
    this.letIn();
    return true;
  }

  /** Lets in who waits to be let in, as far as there is room. */
  letIn(): void {
    while (this.#slots.size < this.limit && this.#queue[0]?.enter !== undefined) {
      this.#queue.shift()?.enter?.(this.#take(Number.POSITIVE_INFINITY));
    }
  }

  #take(until: number): Slot {
    const slot: Slot = { until, place: undefined };
    this.#slots.add(slot);
    return slot;
  }
}

const isDead = ({ enter, lookedAt }: Waiting, now: number): boolean =>
  enter === undefined && now - lookedAt >= LOST_SIGHT;
