import type { Clock } from '../../../router/ports.ts';

interface Entry {
  readonly at: number;
  /** Of two at the same time the one that was asked for first comes first. */
  readonly order: number;
  /** Undefined: taken back. */
  run: (() => void) | undefined;
}

/** The wall clock where time begins, milliseconds since the epoch: that of the tokens and manifests of the fakes. */
export const EPOCH = 1_800_000_000_000;

/** Events between two looks at the world outside, so that whoever watches the run hears of it. */
const BREATH = 50_000;
/** Entries taken back that are carried along before the heap is swept. */
const SWEEP = 4096;

/**
 * Time that is nothing but a list of what happens next. An event runs, then everything that can go on without time goes
 * on to its end, then comes the next: a run depends on nothing else, so it is the same each time.
 */
export class VirtualTime {
  #now = 0;
  #order = 0;
  #heap: Entry[] = [];
  #gone = 0;
  /** Events so far. */
  events = 0;

  /** Milliseconds since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** What is still to happen. */
  get timers(): number {
    return this.#heap.reduce((count, { run }) => count + (run === undefined ? 0 : 1), 0);
  }

  /** @returns takes it back */
  at(time: number, run: () => void): () => void {
    const entry: Entry = { at: Math.max(time, this.#now), order: this.#order++, run };
    this.#push(entry);
    return () => {
      if (entry.run === undefined) return;
      entry.run = undefined;
      if (++this.#gone > SWEEP && this.#gone * 2 > this.#heap.length) this.#sweep();
    };
  }

  after(ms: number, run: () => void): () => void {
    return this.at(this.#now + ms, run);
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** @param skew milliseconds that a wall clock is ahead, asked at every look; timers and the monotonic clock know nothing of it */
  clock(skew: () => number = () => 0): Clock {
    return {
      now: () => Math.floor(EPOCH + this.#now + skew()),
      monotonic: () => 1_000 + this.#now,
      after: (ms, run) => this.after(Math.max(0, ms), run),
    };
  }

  /** Lets time go on to this moment. Rejects with what an event throws. */
  runUntil(end: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        const entry = this.#due(end);
        if (entry === undefined) {
          this.#now = end;
          resolve();
          return;
        }
        this.#now = entry.at;
        const { run } = entry;
        // Whoever takes it back afterwards must not be counted.
        entry.run = undefined;
        try {
          run?.();
        } catch (error) {
          reject(error);
          return;
        }
        if (++this.events % BREATH === 0) setImmediate(step);
        else queueMicrotask(next);
      };
      // A tick that is asked for out of a microtask comes when no microtask is left.
      const next = (): void => process.nextTick(step);
      next();
    });
  }

  #due(end: number): Entry | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined) return undefined;
      if (first.run !== undefined && first.at > end) return undefined;
      this.#pop();
      if (first.run !== undefined) return first;
      this.#gone--;
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!isBefore(entry, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length > 0) this.#sink(0, last);
  }

  #sink(from: number, entry: Entry): void {
    const heap = this.#heap;
    const { length } = heap;
    let i = from;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      const below = heap[child] as Entry;
      if (!isBefore(below, entry)) break;
      heap[i] = below;
      i = child;
    }
    heap[i] = entry;
  }

  #sweep(): void {
    this.#heap = this.#heap.filter(({ run }) => run !== undefined);
    this.#gone = 0;
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(i, this.#heap[i] as Entry);
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
