import { Cancellation } from '../cancellation.ts';
import { hashText } from '../identity/wit.ts';
import type { CounterStore, RouterPorts } from '../ports.ts';
import { bounded } from './bounded.ts';
import type { Draw } from './rate-draw.ts';
import { fullAfter } from './token-bucket.ts';

/** A request waits so long for the counter store, milliseconds. */
export const STORE_TIME = 20;
/** After so many failures in a row nobody asks for a while, milliseconds. */
const FAILURES = 5;
const REST = 250;

/** Asks what all routers share. */
export interface AskStore {
  /** Brings the router's own count up to what the store knows. @returns undefined: it can not be asked */
  take(draw: Draw, mesh: string): Promise<boolean | undefined>;
  /** Does not wait, and does not insist. */
  giveBack(draw: Draw): void;
}

export function storeAsker({
  clock,
  counters,
  log,
  background,
}: Pick<RouterPorts, 'clock' | 'counters' | 'log' | 'background'>): AskStore {
  let failures = 0;
  let restUntil = 0;

  function failed(error: string): undefined {
    failures++;
    if (failures === 1) log('warn', 'the counter store can not be asked: limits act by their onFailure', { error });
    if (failures >= FAILURES) restUntil = clock.monotonic() + REST;
    return undefined;
  }

  function giveBack(draw: Draw): void {
    const { key } = draw.bucket;
    if (counters === undefined || key === undefined) return;
    const given = ask(counters, draw, key, -1).catch(() => false);
    background?.(given);
  }

  async function ask(store: CounterStore, { bucket, limit }: Draw, key: string, cost: number): Promise<boolean> {
    const asked = clock.monotonic();
    const now = clock.now();
    const { allowed, resetAt } = await store.take(key, cost, limit, now);
    // What others have taken too. Its own token was counted here before the store was asked.
    if (!allowed) bucket.fullAt = fullAfter(bucket.fullAt, -cost, limit, asked);
    if (cost > 0) bucket.fullAt = Math.max(bucket.fullAt, asked + resetAt - now);
    return allowed;
  }

  return {
    async take(draw, mesh) {
      if (counters === undefined) return failed('none is configured');
      if (clock.monotonic() < restUntil) return undefined;
      // What was taken after all, for a request that was refused meanwhile.
      const late = (allowed: boolean): void => {
        if (allowed && draw.limit.onFailure === 'refuse') giveBack(draw);
      };
      // Before the time runs: this is our own work.
      draw.bucket.key ??= await hashText(`${mesh}\n${draw.count.name}\n${draw.bucket.who}`);
      const { key } = draw.bucket;
      const bound = { at: clock.now() + STORE_TIME, reason: 'upstream_timeout' } as const;
      try {
        const answer = await bounded(clock, new Cancellation(), bound, () => ask(counters, draw, key, 1), late);
        if ('cancelled' in answer) return failed(`no answer within ${STORE_TIME} ms`);
        failures = 0;
        return answer.value;
      } catch (error) {
        return failed(error instanceof Error ? error.message : String(error));
      }
    },
    giveBack,
  };
}
