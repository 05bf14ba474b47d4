import type { CompiledTable } from './compile.ts';

/** As much of a listener as choosing needs. */
export interface ChoosableListener {
  /** Without hostname: every host. */
  readonly listener: { readonly hostname?: string };
  readonly hosts: readonly { readonly hostname: string; readonly table: CompiledTable }[];
}

export interface FoundVirtualHost<T extends ChoosableListener> {
  readonly chosen: T;
  readonly hostname: string;
  readonly table: CompiledTable;
}

/**
 * Whether a hostname of a listener or route covers a host. `*.example.com` covers any depth, not the apex; `*` and none
 * cover everything. An address is covered by these two alone.
 * @param host as `parseAuthority` returns it
 */
export function coversHost(hostname: string | undefined, host: string): boolean {
  if (hostname === undefined || hostname === '*') return true;
  if (hostname.startsWith('*.')) return host.endsWith(hostname.slice(1));
  return hostname === host;
}

/**
 * Gateway API: a request belongs to the most specific listener alone (listener isolation). More than one only where
 * several are equally specific.
 * @param host as `parseAuthority` returns it
 */
export function listenersFor<T extends Pick<ChoosableListener, 'listener'>>(
  listeners: readonly T[],
  host: string,
): T[] {
  const covering = listeners.filter(({ listener }) => coversHost(listener.hostname, host));
  const most = Math.max(...covering.map(({ listener }) => specificity(listener.hostname)));
  return covering.filter(({ listener }) => specificity(listener.hostname) === most);
}

/**
 * The listener that a request belongs to, and in it the most specific hostname. Of listeners that are equally specific,
 * the first one with a hostname that covers the host.
 * @param listeners that the request's socket serves
 * @returns undefined when no listener, or no route of it, is there for the host
 */
export function findVirtualHost<T extends ChoosableListener>(
  listeners: readonly T[],
  host: string,
): FoundVirtualHost<T> | undefined {
  for (const chosen of listenersFor(listeners, host)) {
    const [first] = chosen.hosts
      .filter(({ hostname }) => coversHost(hostname, host))
      .sort((a, b) => specificity(b.hostname) - specificity(a.hostname));
    if (first !== undefined) return { chosen, ...first };
  }
  return undefined;
}

/** Between sockets that both serve a host: the listener's name decides first, then the route's. */
export function isMoreSpecific<T extends ChoosableListener>(a: FoundVirtualHost<T>, b: FoundVirtualHost<T>): boolean {
  const byListener = specificity(a.chosen.listener.hostname) - specificity(b.chosen.listener.hostname);
  return byListener === 0 ? specificity(a.hostname) > specificity(b.hostname) : byListener > 0;
}

/** An exact name before any wildcard, then the longer one. */
function specificity(hostname: string | undefined): number {
  if (hostname === undefined || hostname === '*') return 0;
  return hostname.startsWith('*.') ? hostname.length : 1000 + hostname.length;
}
