import type { CounterAnswer, CounterStore } from '../ports.ts';
import { type BucketSize, takeFrom, tokensIn } from './token-bucket.ts';

/** What a counter store does when it is asked. */
export type StoreAct = 'count' | 'fail' | 'hang';

/** A counter store that all routers of a test share; it goes by the clock of who asks. */
export class FakeCounters implements CounterStore {
  readonly asked: { readonly key: string; readonly cost: number }[] = [];
  act: StoreAct;
  readonly #fullAt = new Map<string, number>();

  constructor(act: StoreAct = 'count') {
    this.act = act;
  }

  /** When each bucket is full again. */
  counts(): number[] {
    return [...this.#fullAt.values()];
  }

  async take(key: string, cost: number, size: BucketSize, now: number): Promise<CounterAnswer> {
    this.asked.push({ key, cost });
    if (this.act === 'fail') throw new Error('the store is away');
    if (this.act === 'hang') return new Promise(() => {});
    const { allowed, fullAt } = takeFrom(this.#fullAt.get(key) ?? 0, cost, size, now);
    this.#fullAt.set(key, fullAt);
    return { allowed, remaining: tokensIn(fullAt, size, now), resetAt: Math.max(now, fullAt) };
  }
}
