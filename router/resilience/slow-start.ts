/** An endpoint that has just come gets at least this share of what it will get. */
const LEAST = 0.1;

/**
 * Share of its weight that a new endpoint gets, growing evenly until `window` milliseconds have passed: caches fill and
 * code gets warm before the whole load is there.
 */
export function ramp(since: number, now: number, window: number | undefined): number {
  if (window === undefined || now - since >= window) return 1;
  return Math.max(LEAST, Math.max(0, now - since) / window);
}
