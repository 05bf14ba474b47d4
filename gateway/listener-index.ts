import type { CompiledPolicies } from '../router/authorization/compile.ts';
import { type Principal, principalOf } from '../router/identity/principal.ts';
import type { Connection } from '../router/message.ts';
import type { CompiledTable } from '../router/routing/compile.ts';
import { findVirtualHost, listenersFor } from '../router/routing/virtual-host.ts';
import type { LoadedGateway } from '../router/snapshot/loaded-gateway.ts';

/** Routes of one hostname, and in whose name they are served. */
export interface FoundHost {
  readonly gateway: LoadedGateway;
  readonly policies: CompiledPolicies;
  /** The Gateway's own identity: the caller of everything that comes through it. */
  readonly principal: Principal;
  /** The listener's logical port and scheme. */
  readonly port: number;
  readonly scheme: 'http' | 'https';
  readonly table: CompiledTable;
}

/** `misdirected`: the TLS handshake was for another listener. `none`: no listener, or no route of it, is for the host. */
export type Found = FoundHost | 'misdirected' | 'none';

/** Where a request came in. */
type Place = Pick<Connection, 'gateway' | 'listenerPort' | 'tls' | 'serverName'>;

type LoadedListener = LoadedGateway['listeners'][number];

/** Listeners of one Gateway on one logical port: what one socket would serve, had it one of its own. */
interface Socket {
  readonly gateway: LoadedGateway;
  readonly principal: Principal;
  readonly port: number;
  readonly listeners: readonly LoadedListener[];
}

interface Candidate {
  readonly found: FoundHost;
  readonly listener: string | undefined;
  readonly hostname: string;
}

/** Hosts are made up outside: so many answers are kept, then forgotten together. */
const MAX_KEPT = 2048;
/** No token stands behind a gateway's own identity, so it does not run out. */
const NEVER = Number.MAX_SAFE_INTEGER;

/**
 * All listeners of one snapshot, by the socket that a connection came on. Gateways that share a socket are told apart
 * by Host: within each of them the most specific listener alone counts, between them the most specific hostname.
 */
export class ListenerIndex {
  readonly #sockets: readonly Socket[];
  readonly #kept = new Map<string, Found>();

  constructor(gateways: ReadonlyMap<string, LoadedGateway>) {
    this.#sockets = [...gateways.values()].flatMap(socketsOf).sort(byPortAndName);
  }

  /** @param host as `parseAuthority` returns it */
  find(at: Place, host: string): Found {
    const { gateway = '', listenerPort = 0, tls, serverName = '' } = at;
    const key = `${gateway} ${listenerPort} ${tls} ${serverName} ${host}`;
    let found = this.#kept.get(key);
    if (found === undefined) {
      found = this.#search(at, host, tls ? 'HTTPS' : 'HTTP');
      // A platform that ends TLS before us knows no listeners: there the plain ones serve what no other does.
      if (found === 'none' && tls && at.serverName === undefined) found = this.#search(at, host, 'HTTP');
      if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
      this.#kept.set(key, found);
    }
    return found;
  }

  #search({ gateway, listenerPort, serverName }: Place, host: string, protocol: 'HTTP' | 'HTTPS'): Found {
    let best: Candidate | undefined;
    let misdirected = false;
    for (const socket of this.#sockets) {
      if (gateway !== undefined && socket.gateway.key !== gateway) continue;
      if (listenerPort !== undefined && socket.port !== listenerPort) continue;
      const listeners = socket.listeners.filter(({ listener }) => listener.protocol === protocol);
      if (serverName !== undefined && isMisdirected(listeners, serverName.toLowerCase(), host)) misdirected = true;
      else {
        const candidate = candidateOf(socket, listeners, host);
        if (candidate !== undefined && (best === undefined || isMoreSpecific(candidate, best))) best = candidate;
      }
    }
    return best?.found ?? (misdirected ? 'misdirected' : 'none');
  }
}

/**
 * HTTP/2 clients send requests for other hosts over a connection that they have. One that belongs to another listener
 * than the TLS handshake has chosen would slip past what that listener asks for (Gateway API, Listener.tls).
 */
function isMisdirected(listeners: readonly LoadedListener[], serverName: string, host: string): boolean {
  const [shaken] = listenersFor(listeners, serverName);
  const [asked] = listenersFor(listeners, host);
  return shaken !== asked;
}

function socketsOf(gateway: LoadedGateway): Socket[] {
  const { identity } = gateway.chunk;
  const principal = principalOf(identity, { strength: 'mtls', jkt: '', expiresAt: NEVER });
  // An identity that does not hold is the compiler's mistake; serving without one would skip policies.
  if (principal === undefined) return [];
  const ports = [...new Set(gateway.listeners.map(({ listener }) => listener.port))];
  return ports.map((port) => ({
    gateway,
    principal,
    port,
    listeners: gateway.listeners.filter(({ listener }) => listener.port === port),
  }));
}

function byPortAndName(a: Socket, b: Socket): number {
  if (a.port !== b.port) return a.port - b.port;
  return a.gateway.key < b.gateway.key ? -1 : 1;
}

function candidateOf(
  { gateway, principal, port }: Socket,
  listeners: readonly LoadedListener[],
  host: string,
): Candidate | undefined {
  const virtual = findVirtualHost(listeners, host);
  if (virtual === undefined) return undefined;
  const { chosen, hostname, table } = virtual;
  return {
    found: {
      gateway,
      policies: gateway.policies,
      principal,
      port,
      scheme: chosen.listener.protocol === 'HTTPS' ? 'https' : 'http',
      table,
    },
    listener: chosen.listener.hostname,
    hostname,
  };
}

function isMoreSpecific(a: Candidate, b: Candidate): boolean {
  const [one, other] = [specificity(a.listener), specificity(b.listener)];
  return one === other ? specificity(a.hostname) > specificity(b.hostname) : one > other;
}

/** Of hostnames that all cover one host: an exact one before any wildcard, then the longer one. */
function specificity(hostname: string | undefined): number {
  if (hostname === undefined || hostname === '*') return 0;
  return hostname.startsWith('*.') ? hostname.length : Number.POSITIVE_INFINITY;
}
