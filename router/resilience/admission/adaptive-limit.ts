import type { AdmissionPolicy } from '../../../snapshot/chunk.ts';

/** A window is judged when it is so old (ms) and holds so many answers; one of few answers when it is older. */
const WINDOW = 200;
const ENOUGH = 50;
const PATIENCE = 2_000;
/** The usual time is the best that a window had in so many periods of so long (ms). */
const PERIODS = 6;
const PERIOD = 10_000;
/** Answers may take so many times as long as usual, and so much more (ms), before it is too much. */
const TOLERANCE = 2;
const SLACK = 5;
/** One judgement takes off at most this share. */
const STEEPEST = 0.5;

/** What is known of one service. Times in milliseconds. */
export interface AdaptiveLimit {
  /** Requests that may be at work at the same time; with fractions, so that small steps add up. */
  readonly limit: number;
  readonly since: number;
  /** Of the answers since then. */
  readonly sum: number;
  readonly count: number;
  /** Most requests at work when one of them came. */
  readonly peak: number;
  /** Best mean of a window, of each of the last periods, the newest last. */
  readonly best: readonly number[];
  readonly periodSince: number;
}

/** A router that knows nothing yet holds nobody back. */
export const unlimited = (policy: AdmissionPolicy, now: number): AdaptiveLimit => ({
  limit: policy.maximum,
  since: now,
  sum: 0,
  count: 0,
  peak: 0,
  best: [],
  periodSince: now,
});

/**
 * An answer came: its time counts, and every so often the limit is set by what the last ones took. It grows by its root
 * where it is needed, by one where it is not, and shrinks by as much as the answers are too slow.
 * @param took milliseconds until the head
 * @param atWork requests at work when it came, itself included
 */
export function afterAnswer(
  state: AdaptiveLimit,
  took: number,
  atWork: number,
  now: number,
  policy: AdmissionPolicy,
): AdaptiveLimit {
  const sum = state.sum + took;
  const count = state.count + 1;
  const peak = Math.max(state.peak, atWork);
  const age = now - state.since;
  if (age < WINDOW || (count < ENOUGH && age < PATIENCE)) return { ...state, sum, count, peak };
  return judged({ ...state, peak }, sum / count, now, policy);
}

/** Nobody asked for a while: the limit grows as if all had been well. */
export function afterIdle(state: AdaptiveLimit, now: number, policy: AdmissionPolicy): AdaptiveLimit {
  const idle = now - state.since;
  if (idle < PATIENCE) return state;
  const limit = Math.min(policy.maximum, state.limit + idle / WINDOW);
  return { ...state, limit, since: now, sum: 0, count: 0, peak: 0 };
}

function judged(state: AdaptiveLimit, mean: number, now: number, policy: AdmissionPolicy): AdaptiveLimit {
  const turned = Math.floor((now - state.periodSince) / PERIOD);
  const newest = turned > 0 ? mean : Math.min(mean, state.best.at(-1) ?? mean);
  const kept = turned > 0 ? state.best : state.best.slice(0, -1);
  const best = [...kept, newest].slice(-PERIODS);
  const most = TOLERANCE * Math.min(...best) + SLACK;
  const { limit, peak } = state;
  const next =
    mean > most ? limit * Math.max(STEEPEST, most / mean) : limit + (peak * 2 >= limit ? Math.sqrt(limit) : 1);
  return {
    limit: Math.min(policy.maximum, Math.max(policy.minimum, next)),
    since: now,
    sum: 0,
    count: 0,
    peak: 0,
    best,
    periodSince: state.periodSince + turned * PERIOD,
  };
}
