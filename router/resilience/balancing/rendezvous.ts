import { hash32, mix32 } from '../../routing/sticky.ts';
import type { EndpointHealth } from '../endpoint-health.ts';

/**
 * Weighted rendezvous hashing: every router gives the same key to the same endpoint without knowing of the others, and
 * when an endpoint goes only its own keys move. @param key any 32 bits
 */
export function highestScore(
  entries: readonly EndpointHealth[],
  key: number,
  canBeUsed: (entry: EndpointHealth) => boolean,
): EndpointHealth | undefined {
  let best: EndpointHealth | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  for (const entry of entries) {
    if (!canBeUsed(entry)) continue;
    // In (0, 1): the logarithm of neither end is of use.
    const point = (mix32(key ^ hash32(entry.endpoint.id)) + 0.5) / 0x1_0000_0000;
    const score = -entry.endpoint.weight / Math.log(point);
    if (score > highest) [best, highest] = [entry, score];
  }
  return best;
}
