import { DurableObject } from 'cloudflare:workers';
import type { CounterStore } from '../../router/ports.ts';
import { type BucketSize, takeFrom, tokensIn } from '../../router/resilience/token-bucket.ts';

/** A bucket that is full again this soon is not written down: its object lives longer than that by itself. Milliseconds. */
const WORTH_WRITING = 5_000;

/** One bucket: a Durable Object is asked one thing at a time. Goes by its own clock. */
export class Counters extends DurableObject {
  #fullAt = this.ctx.storage.kv.get<number>('fullAt') ?? 0;
  #alarm = false;

  /** @returns whether it was taken, and milliseconds until the bucket is full again */
  take(cost: number, size: BucketSize): { readonly allowed: boolean; readonly wait: number } {
    const now = Date.now();
    const { allowed, fullAt } = takeFrom(this.#fullAt, cost, size, now);
    this.#fullAt = fullAt;
    if (allowed && fullAt - now > WORTH_WRITING) this.#keep();
    return { allowed, wait: Math.max(0, this.#fullAt - now) };
  }

  /** A full bucket is as good as none. */
  override async alarm(): Promise<void> {
    this.#alarm = false;
    if (this.#fullAt > Date.now()) this.#keep();
    else await this.ctx.storage.deleteAll();
  }

  /** Nobody waits for the disk: what is lost with a machine is some tokens. */
  #keep(): void {
    void this.ctx.storage.put('fullAt', this.#fullAt, { allowUnconfirmed: true });
    if (this.#alarm) return;
    this.#alarm = true;
    void this.ctx.storage.setAlarm(this.#fullAt, { allowUnconfirmed: true });
  }
}

/** Buckets as Durable Objects, each near who asked for it first. */
export function durableCounters(objects: DurableObjectNamespace<Counters>): CounterStore {
  return {
    async take(key, cost, { requests, window, burst }, now) {
      const size = { requests, window, burst };
      const { allowed, wait } = await objects.getByName(key).take(cost, size);
      return { allowed, remaining: tokensIn(wait, size, 0), resetAt: now + wait };
    },
  };
}
