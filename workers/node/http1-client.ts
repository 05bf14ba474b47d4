import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { HeaderList } from '../../router/headers.ts';
import type { UnderWay } from '../../router/in-flight.ts';
import type { Connection, RequestHead, ResponseHead } from '../../router/message.ts';
import { type Client, LINGER, type SocketFacts } from './client.ts';
import { IncomingBody } from './incoming-body.ts';

/** How a request came, beside what it says of itself. */
export interface Arrived {
  readonly facts: SocketFacts;
  /** Server name of the TLS handshake; false when there was no TLS. */
  readonly tls: { readonly serverName: string | undefined } | false;
  /** The client waits for `100 Continue` before it sends its body. */
  readonly expectsContinue?: boolean;
  /** The connection may become a WebSocket. */
  readonly upgrade?: 'websocket';
}

/** One request of a node:http server. */
export class Http1Client implements Client, UnderWay {
  place: number | undefined;
  readonly head: RequestHead;
  readonly body: IncomingBody;
  readonly connection: Connection;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse, arrived: Arrived) {
    this.#request = request;
    this.#response = response;
    this.head = requestHead(request, arrived);
    this.connection = connectionOf(request, arrived);
    this.body = new IncomingBody({
      stream: request,
      declared: declaredLength(request),
      complete: () => request.complete,
      beforeRead: () => {
        if (arrived.expectsContinue && !response.headersSent) response.writeContinue();
      },
    });
  }

  get finished(): boolean {
    return this.#response.writableFinished;
  }

  /** Its answer is the last one on its connection, unless the head of it is out. */
  beLast(): void {
    if (!this.#response.headersSent) this.#response.shouldKeepAlive = false;
  }

  /** It is the one that is answered next on this connection. */
  isOn(socket: Duplex): boolean {
    return this.#response.socket === socket;
  }

  onClose(closed: () => void): void {
    this.#response.once('close', closed);
  }

  start({ status, headers }: ResponseHead): void {
    this.#response.writeHead(status, headers.flat);
  }

  write(chunk: Buffer): boolean {
    return this.#response.write(chunk);
  }

  onDrain(drained: () => void): void {
    this.#response.on('drain', drained);
  }

  end(chunk: Buffer | undefined, trailers?: HeaderList): void {
    if (trailers !== undefined && takesTrailers(this.#request)) this.#response.addTrailers([...trailers]);
    this.#response.end(chunk);
  }

  breakOff(): void {
    const { socket, httpVersionMinor } = this.#request;
    // A body that ends with its connection would look whole.
    if (httpVersionMinor === 0 && this.#response.headersSent) socket.resetAndDestroy();
    else this.#response.destroy();
  }

  /** Closing at once would reset the connection before a client that still sends has read the answer. */
  linger(): void {
    const { socket, complete } = this.#request;
    if (complete || socket.destroyed) return;
    this.#request.resume();
    const timer = setTimeout(() => socket.destroy(), LINGER);
    this.#request.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer));
  }

  switchProtocol(_head: ResponseHead): Duplex | undefined {
    return undefined;
  }
}

function requestHead(request: IncomingMessage, { tls, upgrade }: Arrived): RequestHead {
  const { rawHeaders } = request;
  // Not of a length given before: V8 keeps such an array as one with holes.
  const flat: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2)
    flat.push(inLowerCase(rawHeaders[i] as string), rawHeaders[i + 1] as string);
  const head = {
    method: request.method ?? '',
    scheme: tls === false ? 'http' : 'https',
    authority: request.headers.host ?? '',
    target: request.url ?? '',
    headers: new HeaderList(flat),
  } as const;
  return upgrade === undefined ? head : { ...head, upgrade };
}

/** Names in lower case by how clients write them: the same string each time, whose hash is known. Never all of them. */
const names = new Map<string, string>();
const MAX_NAMES = 1024;

function inLowerCase(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  if (names.size < MAX_NAMES && lower.length <= 64) names.set(name, lower);
  return lower;
}

/** What is the same for all requests of a socket, made once. */
const connections = new WeakMap<Socket, Connection>();

function connectionOf(request: IncomingMessage, { facts, tls }: Arrived): Connection {
  const { socket } = request;
  const protocol = request.httpVersionMinor === 0 ? 'http/1.0' : 'http/1.1';
  const known = connections.get(socket);
  if (known !== undefined && known.protocol === protocol) return known;
  const connection: Connection = {
    remoteAddress: plainAddress(socket.remoteAddress),
    protocol,
    tls: tls !== false,
    ...(tls !== false && tls.serverName !== undefined && { serverName: tls.serverName }),
    ...facts,
  };
  connections.set(socket, connection);
  return connection;
}

/** An IPv4 address as such, also where the socket speaks both. */
export const plainAddress = (remote = ''): string => (remote.startsWith('::ffff:') ? remote.slice(7) : remote);

function declaredLength({ headers }: IncomingMessage): number | undefined {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : undefined;
}

const takesTrailers = ({ headers }: IncomingMessage): boolean =>
  /(^|,)\s*trailers\s*(,|;|$)/i.test(String(headers.te ?? ''));
