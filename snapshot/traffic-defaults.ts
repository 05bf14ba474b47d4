import type { TrafficSettings } from './chunk.ts';

/** What holds where no TrafficPolicy says otherwise: safe retries on, 15 s for the whole request. */
export const DEFAULT_TRAFFIC: TrafficSettings = {
  requestTimeout: 15_000,
  tryTimeout: 0,
  retry: {
    limit: 2,
    backoffBase: 25,
    backoffMax: 250,
    codes: [502, 503, 504],
    unsafe: false,
    budget: { share: 0.2, floor: 10, window: 10_000 },
    replayCap: 65_536,
  },
  breaker: { failures: 7, codes: [502, 503, 504], openBase: 1000, openMax: 60_000, panicThreshold: 0 },
  balancing: { policy: 'peak-ewma' },
};

/**
 * Settings as routers need them. What a chunk of an earlier version does not say is the default: a router that was brought
 * up to date must be able to go on with a last known good that is older than itself.
 */
export const completeTraffic = (traffic: TrafficSettings): TrafficSettings => ({
  ...DEFAULT_TRAFFIC,
  ...traffic,
  retry: { ...DEFAULT_TRAFFIC.retry, ...traffic.retry },
});
