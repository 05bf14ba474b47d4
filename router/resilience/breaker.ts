import type { Random } from '../ports.ts';
import { RingCounter } from './ring-counter.ts';

export interface BreakerSettings {
  /** Failures in a row that open it; 0: they never do. */
  readonly failures: number;
  /** Opens it too: the share of answers that were good, once there are enough of them in the window (ms). */
  readonly successRate?: { readonly threshold: number; readonly window: number; readonly minimum: number };
  /** How long it stays open at first, and at most, milliseconds. */
  readonly openBase: number;
  readonly openMax: number;
}

/**
 * What one endpoint is thought of. `epoch` grows with every change of phase: a try remembers the one that it began in,
 * and what it ends with counts only while that is still the one.
 */
export type BreakerState =
  | { readonly phase: 'closed'; readonly epoch: number; readonly failures: number }
  /** `until`: then one request may try. `times`: opened so often in a row. */
  | { readonly phase: 'open'; readonly epoch: number; readonly until: number; readonly times: number }
  /** `until`: a probe that nobody has heard of by then is lost, and another may go. */
  | { readonly phase: 'probing'; readonly epoch: number; readonly until: number; readonly times: number };

export const CLOSED: BreakerState = { phase: 'closed', epoch: 0, failures: 0 };

/** Whether a try may go to the endpoint now, and whether it would be the probe that decides for all. */
export function admission(state: BreakerState, now: number): 'yes' | 'probe' | 'no' {
  if (state.phase === 'closed') return 'yes';
  return now >= state.until ? 'probe' : 'no';
}

type Chance = Pick<Random, 'next'>;

/** The probe has been sent: until it has ended nothing else is. @param until when it has ended by its own bounds */
export const probing = ({ epoch, times }: BreakerState & { readonly times: number }, until: number): BreakerState => ({
  phase: 'probing',
  epoch: epoch + 1,
  until,
  times,
});

/**
 * How a try ended: `neutral` neither heals nor harms (429), `abandoned` says nothing of the endpoint: its caller went
 * away, or had less time than the policies give.
 */
export type TryEnd = 'success' | 'failure' | 'neutral' | 'abandoned';

/**
 * @param epoch of the state that the try began in
 * @param rateFellTooLow see SuccessRate; judged by whoever holds the window
 * @param random spreads the moments at which many routers try again
 */
export function afterTry(
  state: BreakerState,
  end: TryEnd,
  at: { readonly epoch: number; readonly now: number; readonly random: Chance; readonly rateFellTooLow: boolean },
  settings: BreakerSettings,
): BreakerState {
  if (at.epoch !== state.epoch) return state;
  if (state.phase === 'probing') return afterProbe(state, end, at, settings);
  if (state.phase === 'open') return state;
  const failures = end === 'failure' ? state.failures + 1 : end === 'success' ? 0 : state.failures;
  if (at.rateFellTooLow || (settings.failures > 0 && failures >= settings.failures)) {
    return opened(state.epoch, 0, at, settings);
  }
  return failures === state.failures ? state : { phase: 'closed', epoch: state.epoch, failures };
}

function afterProbe(
  state: BreakerState & { readonly phase: 'probing' },
  end: TryEnd,
  at: { readonly now: number; readonly random: Chance },
  settings: BreakerSettings,
): BreakerState {
  if (end === 'failure') return opened(state.epoch, state.times, at, settings);
  // Nobody learned anything: the next request probes.
  if (end === 'abandoned') return { phase: 'open', epoch: state.epoch + 1, until: at.now, times: state.times };
  return { phase: 'closed', epoch: state.epoch + 1, failures: 0 };
}

function opened(
  epoch: number,
  times: number,
  { now, random }: { readonly now: number; readonly random: Chance },
  { openBase, openMax }: BreakerSettings,
): BreakerState {
  const wait = Math.min(openBase * 2 ** times, openMax) + random.next() * 0.5 * openBase;
  return { phase: 'open', epoch: epoch + 1, until: now + wait, times: times + 1 };
}

/** The share of good answers of one endpoint in a sliding window, counted exactly. */
export class SuccessRate {
  readonly #settings: NonNullable<BreakerSettings['successRate']>;
  #good: RingCounter;
  #all: RingCounter;

  constructor(settings: NonNullable<BreakerSettings['successRate']>) {
    this.#settings = settings;
    this.#good = new RingCounter(settings.window);
    this.#all = new RingCounter(settings.window);
  }

  /** @returns whether it is now too low to go on */
  add(good: boolean, now: number): boolean {
    this.#all.add(now);
    if (good) this.#good.add(now);
    const all = this.#all.sum(now);
    return all >= this.#settings.minimum && this.#good.sum(now) / all < this.#settings.threshold;
  }

  /** What was before the breaker opened must not open it again. */
  forget(): void {
    this.#good = new RingCounter(this.#settings.window);
    this.#all = new RingCounter(this.#settings.window);
  }
}
