import type { EndpointHealth } from '../endpoint-health.ts';
import { type Ask, canBeUsed, type Pool } from './pool.ts';
import { highestScore } from './rendezvous.ts';

/** Chooses one endpoint of a pool that can be used; undefined when there is none. */
export type Balancer = (pool: Pool, ask: Ask) => EndpointHealth | undefined;

export type BalancerName = 'peak-ewma' | 'round-robin' | 'random' | 'least-request' | 'consistent-hash';

/** A balancer for one service: some keep a place of their own. */
export function balancerOf(name: BalancerName): Balancer {
  switch (name) {
    case 'peak-ewma':
      return betterOfTwo((entry, now) => entry.cost(now));
    case 'least-request':
      return betterOfTwo((entry, now) => entry.pending(now));
    case 'random':
      return (pool, ask) => pool.draw(ask);
    case 'round-robin':
      return roundRobin();
    case 'consistent-hash':
      return (pool, ask) =>
        ask.key === undefined ? pool.draw(ask) : highestScore(pool.entries, ask.key, (entry) => canBeUsed(entry, ask));
  }
}

/**
 * Power of two choices: of two endpoints drawn by weight the one with less to do. With even weights they are always two
 * different ones; with uneven ones both draws may hit the same, or weights would say nothing among two endpoints.
 */
const betterOfTwo =
  (cost: (entry: EndpointHealth, now: number) => number): Balancer =>
  (pool, ask) => {
    const first = pool.draw(ask);
    if (first === undefined || pool.entries.length === 1) return first;
    const second = pool.draw(ask, pool.even ? first : undefined);
    return second === undefined || cost(second, ask.now) >= cost(first, ask.now) ? first : second;
  };

/** The fractional part of n times this never clusters: weights are kept over any stretch of requests. */
const GOLDEN = 0.618_033_988_749_894_9;

/** One after the other; by uneven weights as evenly spread as can be. */
function roundRobin(): Balancer {
  let turn = 0;
  return (pool, ask) => {
    const { entries, even } = pool;
    if (!even) {
      turn = (turn + GOLDEN) % 1;
      return pool.draw(ask, undefined, turn);
    }
    let cold: EndpointHealth | undefined;
    for (let n = 0; n < entries.length; n++) {
      turn = (turn + 1) % entries.length;
      const entry = entries[turn] as EndpointHealth;
      if (!canBeUsed(entry, ask)) continue;
      if (pool.isWarm(entry, ask)) return entry;
      cold ??= entry;
    }
    return cold;
  };
}
