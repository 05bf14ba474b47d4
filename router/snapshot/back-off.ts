const BASE = 500;
const LONGEST = 15_000;

/**
 * How long to wait after `failures` in a row before the policy store is asked again: doubling up to 15 s, with at least
 * half of it random, so that a fleet does not come back as one.
 * @param random uniform in [0, 1)
 * @returns milliseconds
 */
export function backOff(failures: number, random: number): number {
  const bound = Math.min(LONGEST, BASE * 2 ** Math.min(failures - 1, 10));
  return bound / 2 + (bound / 2) * random;
}
