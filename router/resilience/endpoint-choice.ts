import type { Endpoint } from '../../snapshot/chunk.ts';

/**
 * One endpoint by weight, among those that this request has not tried as long as there are any.
 * @param tried endpoint ids
 * @param chance uniform in [0, 1)
 * @returns undefined when no endpoint has a weight
 */
export function chooseEndpoint(
  endpoints: readonly Endpoint[],
  tried: readonly string[],
  chance: number,
): Endpoint | undefined {
  if (tried.length > 0) {
    const fresh = endpoints.filter((endpoint) => !tried.includes(endpoint.id));
    const chosen = byWeight(fresh, chance);
    if (chosen !== undefined) return chosen;
  }
  return byWeight(endpoints, chance);
}

function byWeight(endpoints: readonly Endpoint[], chance: number): Endpoint | undefined {
  let total = 0;
  for (const { weight } of endpoints) total += weight;
  let left = total * chance;
  for (const endpoint of endpoints) {
    left -= endpoint.weight;
    if (left < 0) return endpoint;
  }
  return undefined;
}
