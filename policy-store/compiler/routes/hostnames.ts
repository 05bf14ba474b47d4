/** Every host: a listener or route without hostnames. */
export const ANY_HOST = '*';

/**
 * What two hostname patterns have in common; undefined when nothing. `*.example.com` matches any depth below the apex.
 * @see Gateway API HTTPRouteSpec.hostnames
 */
export function hostnameIntersection(a: string, b: string): string | undefined {
  if (a === b || b === ANY_HOST) return a;
  if (a === ANY_HOST) return b;
  if (covers(a, b)) return b;
  if (covers(b, a)) return a;
  return undefined;
}

const covers = (wide: string, narrow: string): boolean =>
  wide.startsWith('*.') && narrow.length > wide.length - 1 && narrow.endsWith(wide.slice(1)) && narrow !== wide;

/** Most specific first: exact names before wildcards, then longer before shorter. */
export function moreSpecificFirst(a: string, b: string): number {
  const [wildA, wildB] = [a.startsWith('*'), b.startsWith('*')];
  if (wildA !== wildB) return wildA ? 1 : -1;
  if (a.length !== b.length) return b.length - a.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
