/**
 * A token bucket whose whole state is one moment: when it is full again (the generic cell rate algorithm of ITU-T
 * I.371). Milliseconds of any clock. A moment that is past means a full bucket, so what nobody asks for needs no memory.
 */
export type FullAt = number;

/** `requests` flow in again in each `window` (milliseconds); `burst` is as many as it holds. All above 0. */
export interface BucketSize {
  readonly requests: number;
  readonly window: number;
  readonly burst: number;
}

/** Share of a token that rounding may cost. */
const SLACK = 0.001;

/** After `cost` tokens were taken; a negative cost gives back. */
export const fullAfter = (fullAt: FullAt, cost: number, size: BucketSize, now: number): FullAt =>
  Math.max(now, Math.max(fullAt, now) + (cost * size.window) / size.requests);

/** Milliseconds until `cost` tokens are there; 0: now. */
export function waitFor(fullAt: FullAt, cost: number, size: BucketSize, now: number): number {
  const token = size.window / size.requests;
  const wait = fullAt - now - (size.burst - cost) * token;
  return wait <= SLACK * token ? 0 : wait;
}

/** Whole tokens that are there. */
export const tokensIn = (fullAt: FullAt, size: BucketSize, now: number): number =>
  Math.max(0, Math.floor(size.burst - (Math.max(0, fullAt - now) * size.requests) / size.window + SLACK));

/** A bucket that is asked for `cost` tokens: it gives all of them or none. */
export function takeFrom(
  fullAt: FullAt,
  cost: number,
  size: BucketSize,
  now: number,
): { readonly allowed: boolean; readonly fullAt: FullAt } {
  const allowed = cost <= 0 || waitFor(fullAt, cost, size, now) === 0;
  return { allowed, fullAt: allowed ? fullAfter(fullAt, cost, size, now) : fullAt };
}
