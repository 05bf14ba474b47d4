import { buildConnector, Pool } from 'undici';
import { type Transport, type UpstreamCall, UpstreamFailure } from '../../router/ports.ts';
import { isConnectionHeader } from './connection-headers.ts';
import { Names } from './names.ts';
import { Origins } from './origins.ts';
import { bodyOf, originOf } from './upstream-address.ts';
import { UpstreamExchange } from './upstream-exchange.ts';

/** Per origin. Every open stream holds one. */
const MAX_CONNECTIONS = 1024;
const CONNECT_TIMEOUT = 5_000;
/** Requests to one origin that wait for a connection; undici would hold any number of them. */
const MAX_WAITING = 4_096;

/** Sends over pools of HTTP/1.1 connections, one pool an origin. Timeouts are the router's; only connecting has its own. */
export class UndiciTransport implements Transport {
  readonly #pools: Origins<Kept>;
  readonly #waiting: number;

  constructor(
    { lookup }: Pick<Names, 'lookup'> = new Names(),
    { connections = MAX_CONNECTIONS, waiting = MAX_WAITING } = {},
  ) {
    this.#waiting = waiting;
    const connect = connector(lookup);
    this.#pools = new Origins(
      (origin) => ({ pool: openPool(origin, connect, connections), serverName: serverNameOf(origin), waiting: 0 }),
      ({ pool }) => {
        // Requests that run on it end first.
        pool.close().catch(() => undefined);
      },
    );
  }

  send(call: UpstreamCall, cancel: Parameters<Transport['send']>[1]): ReturnType<Transport['send']> {
    try {
      return this.#dispatch(call, originOf(call), cancel);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #dispatch(
    call: UpstreamCall,
    origin: string,
    cancel: Parameters<Transport['send']>[1],
  ): ReturnType<Transport['send']> {
    const kept = this.#pools.of(origin);
    if (kept.waiting >= this.#waiting) {
      return Promise.reject(new UpstreamFailure('connect', 'too many requests wait for a connection to the endpoint'));
    }
    kept.waiting++;
    const exchange = new UpstreamExchange(cancel, () => kept.waiting--);
    kept.pool.dispatch(
      {
        path: call.target,
        method: call.method,
        headers: outgoingHeaders(call),
        body: bodyOf(call),
        ...(call.upgrade && { upgrade: call.upgrade }),
        ...kept.serverName,
      },
      exchange,
    );
    return exchange.response;
  }

  /** Ends every connection; requests that are still running end with a reset. */
  async close(): Promise<void> {
    await Promise.all(this.#pools.clear().map(({ pool }) => pool.destroy()));
  }
}

interface Kept {
  readonly pool: Pool;
  readonly serverName: { readonly servername?: string };
  /** Requests that have no connection yet. */
  waiting: number;
}

const openPool = (origin: string, connect: buildConnector.connector, connections: number): Pool =>
  new Pool(origin, {
    connections,
    connect,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 64 * 1024,
    allowH2: false,
  });

/**
 * undici takes the reset of a connection for the end of a body that has no other: what broke would look whole. It knows
 * a reset by its code.
 */
function connector(lookup: Names['lookup']): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT, allowH2: false, lookup });
  return (options, done) =>
    connect(options, (...result) => {
      result[1]?.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNRESET') error.code = 'UPSTREAM_RESET';
      });
      done(...result);
    });
}

/** The certificate is the endpoint's, not that of the name in Host. undici knows the option, its types do not. */
function serverNameOf(origin: string): { servername?: string } {
  return origin.startsWith('https:') ? { servername: new URL(origin).hostname } : {};
}

function outgoingHeaders({ headers: { flat }, authority }: UpstreamCall): string[] {
  const outgoing = ['host', authority];
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    if (!isConnectionHeader(name)) outgoing.push(name, flat[i + 1] as string);
  }
  return outgoing;
}
