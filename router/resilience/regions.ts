import type { Endpoint } from '../../snapshot/chunk.ts';

/**
 * Puts endpoints into the order in which regions are asked: the router's own, then as the policy lists them, then all
 * others alike. A router that knows no region, without a list, makes no difference.
 */
export function byRegion<T>(
  entries: readonly T[],
  endpointOf: (entry: T) => Pick<Endpoint, 'region'>,
  own: string | undefined,
  listed: readonly string[] = [],
): T[][] {
  const order = [...new Set([...(own === undefined ? [] : [own]), ...listed])];
  const last: T[] = [];
  const groups = new Map<string, T[]>(order.map((region) => [region, []]));
  for (const entry of entries) (groups.get(endpointOf(entry).region ?? '') ?? last).push(entry);
  return [...groups.values(), last].filter((group) => group.length > 0);
}
