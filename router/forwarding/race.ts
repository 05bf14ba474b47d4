import { Cancellation } from '../cancellation.ts';
import type { Clock } from '../ports.ts';
import type { Outcome } from './outcome.ts';

/** One of the two tries of a race: sends until it is cancelled. */
export type Racer = (client: Cancellation) => Promise<Outcome>;

/**
 * A try, and beside it a second one if the first takes longer than `delay`. The first good outcome wins and the other
 * try is cancelled; while one is still under way, a bad outcome of the other waits for it.
 * @param second undefined: it may not be sent after all
 * @throws what a try throws: a bug
 */
export function race(
  of: { readonly clock: Clock; readonly client: Cancellation; readonly delay: number },
  first: Racer,
  second: () => Racer | undefined,
  isGood: (outcome: Outcome) => boolean,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const running = new Set<Cancellation>();
    let held: Outcome | undefined;
    let over = false;
    const take = (own: Cancellation, outcome: Outcome): void => {
      running.delete(own);
      if (over) {
        letGo(outcome);
        return;
      }
      if (!isGood(outcome) && running.size > 0) {
        held = outcome;
        return;
      }
      over = true;
      stopTimer();
      for (const other of running) other.cancel('superseded');
      // Of two bad outcomes an answer tells more than none.
      const chosen = held !== undefined && 'response' in held && !('response' in outcome) ? held : outcome;
      if (held !== undefined) letGo(chosen === held ? outcome : held);
      resolve(chosen);
    };
    const start = (racer: Racer): void => {
      const own = new Cancellation();
      of.client.onCancel((reason) => own.cancel(reason));
      running.add(own);
      racer(own).then((outcome) => take(own, outcome), reject);
    };
    const stopTimer = of.clock.after(of.delay, () => {
      const racer = over ? undefined : second();
      if (racer !== undefined) start(racer);
    });
    start(first);
  });
}

function letGo(outcome: Outcome): void {
  if ('response' in outcome) outcome.response.body.discard();
}
