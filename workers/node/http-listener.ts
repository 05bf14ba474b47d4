import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Log } from '../../router/ports.ts';
import { type Handle, ServedRequest, type SocketFacts } from './serve-request.ts';

export interface ListenerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly handle: Handle;
  readonly socket: SocketFacts;
  readonly log: Log;
}

const STRICT = {
  insecureHTTPParser: false,
  requireHostHeader: true,
  maxHeaderSize: 32 * 1024,
  headersTimeout: 15_000,
  // Uploads may take as long as they like; the router bounds the wait for an answer.
  requestTimeout: 0,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
};

/** A socket of the data plane: node:http in its strict form. */
export class HttpListener {
  readonly #server: Server;
  readonly #responses = new Set<ServerResponse>();
  #draining = false;

  private constructor(options: ListenerOptions) {
    this.#server = createServer(STRICT);
    // The router bounds their number itself; node would drop what is over without a word.
    this.#server.maxHeadersCount = 0;
    this.#server.on('request', (request, response) => this.#serve(options, request, response, false));
    this.#server.on('checkContinue', (request, response) => this.#serve(options, request, response, true));
    this.#server.on('clientError', refuseRaw);
    this.#server.on('connect', (_request, socket) => end(socket, 405, 'CONNECT is not served here.'));
  }

  /** @throws NodeJS.ErrnoException `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, ... */
  static async open(options: ListenerOptions): Promise<HttpListener> {
    const listener = new HttpListener(options);
    await listening(listener.#server, options.host, options.port);
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes no more connections, and ends when the requests that are running have ended, or after `ms`. */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const response of this.#responses) if (!response.headersSent) response.shouldKeepAlive = false;
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), ms);
    await closed;
    clearTimeout(timer);
  }

  #serve(options: ListenerOptions, request: IncomingMessage, response: ServerResponse, expects: boolean): void {
    const protocol = request.headers.upgrade?.toLowerCase();
    // An h2c offer may be ignored (RFC 9110 7.8); some clients make it with every first request.
    if (protocol !== undefined && protocol !== 'h2c') {
      end(request.socket, 501, 'Upgrading to another protocol is not supported yet.');
      return;
    }
    this.#responses.add(response);
    response.once('close', () => {
      this.#responses.delete(response);
      // Its head may have promised to keep the connection; node counts it as idle only after this event.
      if (this.#draining) setImmediate(() => this.#server.closeIdleConnections());
    });
    if (this.#draining) response.shouldKeepAlive = false;
    void new ServedRequest(request, response, expects).run(options.handle, options.socket, options.log);
  }
}

/** Resolves when the server listens. @throws NodeJS.ErrnoException */
export function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** The parser gave up: there is no request that could be answered in the usual way. */
function refuseRaw(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  if (error.code === 'HPE_HEADER_OVERFLOW') end(socket, 431, 'The header fields are too long.');
  else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') end(socket, 408, 'The request did not arrive in time.');
  else end(socket, 400, 'The request is not valid HTTP/1.1.');
}

/** Answers outside of node:http and closes: what follows on such a connection can not be trusted to be a request. */
function end(socket: Duplex, status: number, detail: string): void {
  const code = status === 431 ? 'request_too_large' : 'request_invalid';
  const title = STATUS_CODES[status];
  const body = JSON.stringify({ type: `/docs/errors.md#${code}`, title, status, code, detail });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nMesh-Reason: ${code}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
