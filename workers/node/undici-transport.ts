import { isIPv6 } from 'node:net';
import { Pool } from 'undici';
import { HeaderList } from '../../router/headers.ts';
import type { Transport, UpstreamCall } from '../../router/ports.ts';
import { UpstreamFailure } from '../../router/ports.ts';
import { isConnectionHeader } from './connection-headers.ts';
import { IncomingBody } from './incoming-body.ts';
import { UpstreamExchange } from './upstream-exchange.ts';

/** Origins with a pool; the one that was used longest ago is closed first. */
const MAX_POOLS = 1024;
/** Per origin. Every open stream holds one. */
const MAX_CONNECTIONS = 1024;
const CONNECT_TIMEOUT = 5_000;

/** Sends over pools of HTTP/1.1 connections, one pool an origin. Timeouts are the router's; only connecting has its own. */
export class UndiciTransport implements Transport {
  readonly #pools = new Map<string, Pool>();

  async send(call: UpstreamCall, cancel: Parameters<Transport['send']>[1]): ReturnType<Transport['send']> {
    const origin = originOf(call);
    const exchange = new UpstreamExchange(cancel);
    this.#poolOf(origin).dispatch(
      {
        path: call.target,
        method: call.method,
        headers: outgoingHeaders(call),
        body: bodyOf(call),
        ...serverNameOf(origin),
      },
      exchange,
    );
    return exchange.response;
  }

  /** Ends every connection; requests that are still running end with a reset. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #poolOf(origin: string): Pool {
    const known = this.#pools.get(origin);
    if (known !== undefined) {
      this.#pools.delete(origin);
      this.#pools.set(origin, known);
      return known;
    }
    const pool = new Pool(origin, {
      connections: MAX_CONNECTIONS,
      connect: { timeout: CONNECT_TIMEOUT },
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: 64 * 1024,
      allowH2: false,
    });
    this.#pools.set(origin, pool);
    this.#closeOldest();
    return pool;
  }

  #closeOldest(): void {
    if (this.#pools.size <= MAX_POOLS) return;
    for (const [origin, pool] of this.#pools) {
      this.#pools.delete(origin);
      // Requests that run on it end first.
      pool.close().catch(() => undefined);
      return;
    }
  }
}

function originOf({ endpoint, port }: UpstreamCall): string {
  if (endpoint.url !== undefined) return endpoint.url.replace(/\/$/, '');
  if (endpoint.address !== undefined) {
    const host = isIPv6(endpoint.address) ? `[${endpoint.address}]` : endpoint.address;
    return `http://${host}:${port.targetPort ?? port.port}`;
  }
  throw new UpstreamFailure('connect', 'service bindings exist on Cloudflare Workers only');
}

/** The certificate is the endpoint's, not that of the name in Host. undici knows the option, its types do not. */
function serverNameOf(origin: string): { servername?: string } {
  return origin.startsWith('https:') ? { servername: new URL(origin).hostname } : {};
}

function outgoingHeaders({ headers, authority }: UpstreamCall): string[] {
  const outgoing = new HeaderList(['host', authority, ...headers.flat]);
  outgoing.deleteWhere(isConnectionHeader);
  return outgoing.flat;
}

function bodyOf({ body }: UpstreamCall): ReturnType<IncomingBody['outgoing']> {
  if (body.empty) return null;
  if (body instanceof IncomingBody) return body.outgoing();
  throw new TypeError('this transport sends bodies of its own listener only');
}
