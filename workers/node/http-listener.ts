import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { InFlight } from '../../router/in-flight.ts';
import type { Log } from '../../router/ports.ts';
import { type Client, LINGER, type SocketFacts } from './client.ts';
import { type Arrived, Http1Client } from './http1-client.ts';
import { Http2Client } from './http2-client.ts';
import { Http2Sessions } from './http2-sessions.ts';
import { sniff } from './protocol-sniff.ts';
import { answerRaw, refuseRaw } from './raw-refusal.ts';
import { type Handle, ServedRequest } from './serve-request.ts';
import type { ServerNames } from './server-names.ts';
import { Timer } from './timer.ts';
import { WebSocketClient } from './websocket-client.ts';

export interface ListenerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly handle: Handle;
  readonly socket: SocketFacts;
  readonly log: Log;
  /** Others that say so too may listen there at the same time: the kernel shares connections out among them. */
  readonly reusePort?: boolean;
  /** How long the head of a request may be on its way, milliseconds; 15 s when absent. */
  readonly headTime?: number;
  /** The socket speaks TLS, and shows these certificates. */
  readonly tls?: ServerNames;
}

const STRICT = {
  insecureHTTPParser: false,
  requireHostHeader: true,
  maxHeaderSize: 32 * 1024,
  // Uploads may take as long as they like; the router bounds the wait for an answer.
  requestTimeout: 0,
  keepAliveTimeout: 65_000,
  // A machine that has vanished says nothing: after so long a silence it is asked.
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
  shouldUpgradeCallback: (request: IncomingMessage) => offeredProtocol(request) === 'websocket',
};

/** How long a connection without a request stays open once the socket has closed, milliseconds: one may be on its way. */
const LAST_REQUESTS = 250;

/** Node looks three times in that time. */
const patience = (headTime = 15_000) => ({ headersTimeout: headTime, connectionsCheckingInterval: headTime / 3 });

const TLS = { ALPNProtocols: ['h2', 'http/1.1'], minVersion: 'TLSv1.2' as const, handshakeTimeout: 15_000 };

/** A socket of the data plane: HTTP/1.1 by node:http in its strict form, HTTP/2, WebSockets; in clear or in TLS. */
export class HttpListener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #http2: Http2Sessions;
  readonly #sockets = new Set<Socket>();
  /** HTTP/1.1 requests whose connections are still theirs. */
  readonly #clients = new InFlight<Http1Client>();
  /** Requests that are under way, WebSockets among them. */
  readonly #requests = new InFlight<ServedRequest>();
  /** Connections that were told to go: what the parser still makes of their bytes is no request. */
  readonly #refused = new WeakSet<Duplex>();
  #names: ServerNames | undefined;
  #tlsServer: TlsServer | undefined;
  #leaving = false;
  #draining = false;
  #onQuiet = (): void => {};

  private constructor(options: ListenerOptions) {
    this.#options = options;
    this.#names = options.tls;
    this.#http2 = new Http2Sessions((stream, headers, raw) => {
      const client = new Http2Client(stream, headers, raw, this.#arrived(stream.session?.socket));
      this.#run(client);
    });
    this.#server = options.tls === undefined ? this.#speakPlainly() : this.#speakTls(options.tls);
    // The router bounds their number itself; node would drop what is over without a word.
    this.#server.maxHeadersCount = 0;
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('request', (request, response) => this.#serve(request, response, false));
    this.#server.on('checkContinue', (request, response) => this.#serve(request, response, true));
    this.#server.on('upgrade', (request, socket, early) => this.#upgrade(request, socket, early));
    this.#server.on('clientError', refuseRaw);
    this.#server.on('connect', (_request, socket) => this.#refuse(socket, 405, 'CONNECT is not served here.'));
  }

  /** @throws NodeJS.ErrnoException `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, ... */
  static async open(options: ListenerOptions): Promise<HttpListener> {
    const listener = new HttpListener(options);
    await listening(listener.#server, options.host, options.port, options.reusePort);
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Handshakes from now on show these; connections that are open stay as they are. */
  present(names: ServerNames): void {
    this.#names = names;
    this.#tlsServer?.setSecureContext({ minVersion: TLS.minVersion, ...names.unnamed });
  }

  /** From now on every answer is the last one on its connection. New connections are still taken. */
  leave(): void {
    this.#leaving = true;
    for (const client of this.#clients.list()) client.beLast();
    this.#http2.retire();
  }

  /**
   * Takes no more connections, tells WebSockets, and ends when the requests that are running have ended, or after `ms`.
   * @param lastRequests how long a connection without a request stays open, milliseconds
   * @returns how many requests were cut then
   */
  async drain(ms: number, lastRequests = Math.min(LAST_REQUESTS, ms)): Promise<number> {
    this.leave();
    this.#draining = true;
    const limit = new Timer(ms);
    const closed = this.#stopListening();
    for (const served of this.#requests.list()) served.leave();
    this.#http2.close();
    const pause = new Timer(lastRequests);
    if (lastRequests > 0) await Promise.race([closed, pause.over]);
    this.#server.closeIdleConnections();
    await Promise.race([limit.over, this.#quiet()]);
    const cut = this.#requests.size;
    // The last answers are out, though perhaps not all read: to cut a connection on which more has come takes them back.
    const linger = new Timer(LINGER);
    if (cut === 0) await Promise.race([closed, limit.over, linger.over]);
    this.#http2.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    // What was cut is recorded, too.
    await Promise.race([this.#quiet(), linger.over]);
    for (const timer of [limit, pause, linger]) timer.stop();
    return cut;
  }

  /** As node:net does it: node:http would end connections without a request at once, and with them what is on its way. */
  #stopListening(): Promise<void> {
    // Those that are told to keep alive by an answer that is on its way now.
    Object.assign(this.#server, { keepAliveTimeout: LAST_REQUESTS, keepAliveTimeoutBuffer: 0 });
    return new Promise((resolve) => {
      NetServer.prototype.close.call(this.#server, () => {
        // Ends node:http's own timer.
        this.#server.close();
        resolve();
      });
    });
  }

  #quiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#onQuiet = resolve;
      if (this.#requests.size === 0) resolve();
    });
  }

  /** node:http goes on doing all that it does with a connection, only after it is known to speak HTTP/1.1. */
  #speakPlainly(): Server {
    const server = createServer({ ...STRICT, ...patience(this.#options.headTime) });
    const http1 = takeOver(server, 'connection');
    server.on('connection', (socket: Socket) => {
      sniff(socket, http1, this.#http2.take);
    });
    return server;
  }

  #speakTls(names: ServerNames): Server {
    const server = createTlsServer({
      ...STRICT,
      ...patience(this.#options.headTime),
      ...TLS,
      ...names.unnamed,
      // Not asked when the client names no server.
      SNICallback: (name, done) => this.#names?.answer(name, done),
    });
    this.#tlsServer = server;
    const http1 = takeOver(server, 'secureConnection');
    server.removeAllListeners('tlsClientError').on('tlsClientError', (_error, socket) => socket.destroy());
    server.on('secureConnection', (socket) => (socket.alpnProtocol === 'h2' ? this.#http2.take : http1)(socket));
    return server;
  }

  #arrived(socket: Duplex | undefined): Arrived {
    const tls = this.#options.tls !== undefined && { serverName: serverNameOf(socket) };
    return { facts: this.#options.socket, tls };
  }

  #serve(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    if (this.#refused.has(request.socket)) return;
    if (!isFramedPlainly(request)) {
      this.#refuse(request.socket, 400, 'Transfer-Encoding is something else than a single chunked.');
      return;
    }
    const offered = offeredProtocol(request);
    // An h2c offer may be ignored (RFC 9110 7.8); some clients make it with every first request.
    if (offered !== undefined && offered !== 'h2c') {
      this.#refuse(request.socket, 501, 'Upgrading to another protocol than WebSocket is not supported.');
      return;
    }
    const client = new Http1Client(request, response, { ...this.#arrived(request.socket), expectsContinue });
    this.#clients.add(client);
    client.onClose(() => this.#clients.delete(client));
    if (this.#leaving) client.beLast();
    this.#run(client);
  }

  /** @param early what came behind the request, where nothing may come before the answer */
  #upgrade(request: IncomingMessage, socket: Duplex, early: Buffer): void {
    if (this.#refused.has(socket)) return;
    const { method, headers } = request;
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    // Pipelined behind requests that are not answered yet, it would answer in their place.
    const isQueued = this.#clients.list().some((client) => client.isOn(socket));
    if (method !== 'GET' || hasBody || early.length > 0 || isQueued) {
      this.#refuse(socket, 400, 'A WebSocket begins with a GET that has no body and nothing behind it.');
      return;
    }
    this.#run(new WebSocketClient(request, socket, this.#arrived(request.socket)));
  }

  #refuse(socket: Duplex, status: number, detail: string): void {
    this.#refused.add(socket);
    answerRaw(socket, status, detail);
  }

  #run(client: Client): void {
    const served = new ServedRequest(client, () => {
      this.#requests.delete(served);
      if (this.#requests.size === 0) this.#onQuiet();
    });
    this.#requests.add(served);
    if (this.#draining) served.leave();
    served.run(this.#options.handle, this.#options.log);
  }
}

/** Takes node's own listener off. @returns what it did with a connection */
function takeOver(server: Server, event: 'connection' | 'secureConnection'): (socket: Socket) => void {
  const [own] = server.listeners(event);
  if (own === undefined) throw new Error(`node:http does not listen to ${event}`);
  server.removeAllListeners(event);
  return (socket) => own.call(server, socket);
}

/** Node has it, the types do not; false when the client named none. */
function serverNameOf(socket: Duplex | undefined): string | undefined {
  const { servername = false } = (socket ?? {}) as { servername?: string | false };
  return servername === false ? undefined : servername;
}

/** Another coding is one that somebody before us may have read in another way: where its body ends is not certain. */
const isFramedPlainly = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] === undefined || headers['transfer-encoding'].toLowerCase() === 'chunked';

const offeredProtocol = ({ headers }: IncomingMessage): string | undefined => headers.upgrade?.toLowerCase();

/** Resolves when the server listens. @throws NodeJS.ErrnoException */
export function listening(server: Server, host: string, port: number, reusePort = false): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, reusePort }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
