import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionRequestOptions,
  connect,
  sensitiveHeaders,
} from 'node:http2';
import type { LookupFunction } from 'node:net';
import { UpstreamFailure } from '../../router/ports.ts';

/** Connections to one origin; each carries many requests. */
const MAX_CONNECTIONS = 64;
/** Streams on one connection, whatever more the upstream would take. */
const MAX_STREAMS = 250;
const CONNECT_TIMEOUT = 5_000;
/** Silence after which an unused connection is closed, and a used one has to show that it lives. Milliseconds. */
const QUIET = 30_000;
const PONG_TIMEOUT = 10_000;
/** Bytes of one answer, and of all answers of a connection, that wait for clients: a slow one must not stop the others. */
const STREAM_WINDOW = 64 * 1024;
const CONNECTION_WINDOW = STREAM_WINDOW * MAX_STREAMS;

const BOUNDED = {
  settings: { enablePush: false, initialWindowSize: STREAM_WINDOW, maxHeaderListSize: 64 * 1024 },
  maxHeaderListPairs: 512,
  maxReservedRemoteStreams: 0,
  // What is doubled in HTTP/1.1 passes here as well: judging it is not this layer's business.
  strictSingleValueFields: false,
};

/** One connection and what is known of its end. */
class Connection {
  readonly session: ClientHttp2Session;
  #streams = 0;
  #lastTaken = Number.POSITIVE_INFINITY;

  constructor(session: ClientHttp2Session) {
    this.session = session;
    session.on('goaway', (_code, lastStreamId) => {
      this.#lastTaken = lastStreamId ?? 0;
    });
    session.on('timeout', () => this.#quiet()).setTimeout(QUIET);
  }

  get usable(): boolean {
    return !this.session.closed && !this.session.destroyed;
  }

  get hasRoom(): boolean {
    const limit = this.session.remoteSettings.maxConcurrentStreams ?? MAX_STREAMS;
    return this.usable && this.#streams < Math.min(limit, MAX_STREAMS);
  }

  /** False when the upstream said goodbye before it came to this stream. */
  readonly wasTaken = (id: number): boolean => id <= this.#lastTaken;

  request(headers: readonly string[], options: ClientSessionRequestOptions): ClientHttp2Stream {
    const stream = this.session.request(headers, options);
    this.#streams++;
    stream.once('close', () => this.#streams--);
    return stream;
  }

  #quiet(): void {
    if (this.#streams === 0) {
      this.session.close();
      return;
    }
    const timer = setTimeout(() => this.session.destroy(new Error('the upstream answers no ping')), PONG_TIMEOUT);
    this.session.once('close', () => clearTimeout(timer));
    this.session.ping((error) => {
      if (error === null) clearTimeout(timer);
    });
    this.session.setTimeout(QUIET);
  }
}

/** An upstream that speaks HTTP/2: as few connections as its requests fit on. */
export class Http2Origin {
  readonly #origin: string;
  readonly #lookup: LookupFunction;
  #connections: Connection[] = [];
  #connecting: Promise<void> | undefined;
  #closing = false;

  /** @param origin `http:` means HTTP/2 with prior knowledge */
  constructor(origin: string, lookup: LookupFunction) {
    this.#origin = origin;
    this.#lookup = lookup;
  }

  /**
   * Waits for a connection that takes one more request.
   * @param use runs before anybody else may take that place
   * @throws UpstreamFailure
   */
  async with<T>(use: (connection: Connection) => T): Promise<T> {
    for (;;) {
      const found = this.#connections.find(({ hasRoom }) => hasRoom);
      if (found !== undefined) return use(found);
      if (this.#connections.length >= MAX_CONNECTIONS) {
        throw new UpstreamFailure('connect', 'every HTTP/2 connection to the endpoint is full');
      }
      this.#connecting ??= this.#connect().finally(() => {
        this.#connecting = undefined;
      });
      await this.#connecting;
    }
  }

  /** Takes no more requests and closes when those that run have ended. */
  retire(): void {
    this.#closing = true;
    for (const { session } of this.#connections) session.close();
  }

  destroy(): void {
    this.#closing = true;
    for (const { session } of this.#connections) session.destroy();
  }

  #connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      const session = connect(this.#origin, { ...BOUNDED, lookup: this.#lookup });
      const timer = setTimeout(() => session.destroy(new Error('ETIMEDOUT')), CONNECT_TIMEOUT);
      let why = 'closed';
      session.on('error', (error: NodeJS.ErrnoException) => {
        why = error.code ?? error.message;
      });
      session.once('close', () => {
        clearTimeout(timer);
        this.#connections = this.#connections.filter((other) => other.session !== session);
        reject(new UpstreamFailure('connect', `no HTTP/2 connection (${why})`));
      });
      // Only then is it known how many requests it takes at once, and that it speaks HTTP/2 at all.
      session.once('remoteSettings', () => {
        clearTimeout(timer);
        session.setLocalWindowSize(CONNECTION_WINDOW);
        this.#connections.push(new Connection(session));
        if (this.#closing) session.close();
        resolve();
      });
    });
  }
}

/** Fields that no table of the connection may remember: others use it as well. */
export function withSecrets(headers: string[]): string[] {
  return Object.assign(headers, { [sensitiveHeaders]: ['authorization', 'cookie'] });
}
