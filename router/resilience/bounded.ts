import { Cancellation, type CancelReason } from '../cancellation.ts';
import type { Clock } from '../ports.ts';

/** The moment that ends a wait (ms since the epoch), and what it is then called. */
export interface Bound {
  readonly at: number;
  readonly reason: CancelReason;
}

export type Bounded<T> = { readonly value: T } | { readonly cancelled: CancelReason };

/**
 * Runs one piece of I/O that ends by itself, by its bound, or because the client went away, whichever is first: also
 * when what was started ignores its cancellation. The bound falls with the result; the client's going away still
 * cancels afterwards, because a response body outlives its head.
 * @param late takes what comes after nobody waits any more
 * @throws what `start` rejects with, unless it was cancelled before
 */
export function bounded<T>(
  clock: Clock,
  client: Cancellation,
  bound: Bound | undefined,
  start: (cancel: Cancellation) => Promise<T>,
  late?: (value: T) => void,
): Promise<Bounded<T>> {
  if (client.reason !== undefined) return Promise.resolve({ cancelled: client.reason });
  const cancel = new Cancellation();
  return new Promise((resolve, reject) => {
    const unlink = client.onCancel((reason) => cancel.cancel(reason));
    const stopTimer = bound && clock.after(Math.max(0, bound.at - clock.now()), () => cancel.cancel(bound.reason));
    let waiting = true;
    const settle = (): boolean => {
      if (!waiting) return false;
      waiting = false;
      stopTimer?.();
      return true;
    };
    cancel.onCancel((reason) => settle() && resolve({ cancelled: reason }));
    start(cancel).then(
      (value) => (settle() ? resolve({ value }) : late?.(value)),
      (error) => {
        unlink();
        if (settle()) reject(error);
      },
    );
  });
}

/** Waits, or ends early when the client goes away. */
export function pause(clock: Clock, client: Cancellation, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const stopTimer = clock.after(ms, () => {
      unlink();
      resolve();
    });
    const unlink = client.onCancel(() => {
      stopTimer();
      resolve();
    });
  });
}
