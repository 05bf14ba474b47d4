import type { RetryPolicy } from './retry-policy.ts';

/**
 * Milliseconds to wait before retry number `retry` (1 = the first): full jitter under a ceiling that doubles from
 * `backoffBase` to `backoffMax`, on top of a route's minimum, so that jitter never undercuts what was asked.
 * @param chance uniform in [0, 1)
 */
export function backOff(policy: RetryPolicy, retry: number, chance: number): number {
  const ceiling = Math.min(policy.backoffMax, policy.backoffBase * 2 ** (retry - 1));
  return policy.minimumWait + ceiling * chance;
}
