import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What became of one request here. */
export interface Received {
  /** How many requests came with this nonce. */
  count: number;
  bytes: number;
  /** The whole body came, its end too. */
  complete: boolean;
  /** The connection ended first. */
  broken: boolean;
  /** Its connection is closed. */
  closed: boolean;
}

/** Bytes of a body that is cut: more than anybody keeps in memory on the way, so that the head is long gone. */
export const CUT_AT = 256 * 1024;
/** What no caller may ever be given. */
export const FOREIGN = 'bytes-of-somebody-else';

/**
 * A service that breaks HTTP on purpose: the path's last segment names how. It reads requests by node:http and answers
 * with bytes of its own. Every honest byte that it says of a request is that request's nonce (`x-nonce`), repeated.
 */
export class LyingUpstream {
  readonly port: number;
  readonly seen = new Map<string, Received>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (request) => this.#serve(request));
    server.on('clientError', (_error, socket) => socket.destroy());
  }

  static async start(): Promise<LyingUpstream> {
    const server = createServer({ keepAliveTimeout: 30_000, requestTimeout: 0 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new LyingUpstream(server);
  }

  /** Open connections. */
  get open(): number {
    return this.#sockets.size;
  }

  of(nonce: string): Received {
    const seen = this.seen.get(nonce) ?? { count: 0, bytes: 0, complete: false, broken: false, closed: false };
    this.seen.set(nonce, seen);
    return seen;
  }

  /** Ends every connection. */
  dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  stop(): void {
    this.#server.close();
    this.dropAll();
  }

  #serve(request: IncomingMessage): void {
    const nonce = String(request.headers['x-nonce'] ?? '');
    const seen = this.of(nonce);
    seen.count++;
    const { socket } = request;
    const path = (request.url as string).split('/').at(-1) as string;
    const act = path === 'pour' ? pour : (LIES[path] ?? whole);
    const lie = { socket, nonce, times: Number(request.headers['x-times'] ?? 0) };
    if (act !== whole) socket.once('close', () => (seen.closed = true));
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => {
      seen.bytes += chunk.length;
    });
    request.on('close', () => {
      seen[request.complete ? 'complete' : 'broken'] = true;
    });
    if (EARLY.has(act)) act(lie);
    else request.on('end', () => request.complete && act(lie));
  }
}

interface Lie {
  readonly socket: Socket;
  readonly nonce: string;
  /** Of an honest answer: how often it repeats the nonce, as chaos load asks for it. */
  readonly times: number;
}

const head = (status: string, ...fields: readonly string[]): string =>
  `HTTP/1.1 ${status}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`;
const text = (body: string, nonce = body): string =>
  head('200 OK', `x-nonce: ${nonce}`, `content-length: ${body.length}`) + body;
const foreign = text(FOREIGN);

const whole = ({ socket, nonce, times }: Lie): void => {
  socket.write(text(times > 0 ? `${nonce};`.repeat(times) : nonce, nonce));
};

/** `CUT_AT` bytes of the nonce. */
export const bodyOf = (nonce: string): string => nonce.repeat(Math.ceil(CUT_AT / nonce.length)).slice(0, CUT_AT);
const chunk = (of: string): string => `${of.length.toString(16)}\r\n${of}\r\n`;

const begin: Record<'length' | 'chunks' | 'close', (nonce: string) => string> = {
  length: (nonce) => head('200 OK', `content-length: ${CUT_AT + 1_000}`) + bodyOf(nonce),
  chunks: (nonce) => head('200 OK', 'transfer-encoding: chunked') + chunk(bodyOf(nonce)),
  close: (nonce) => head('200 OK', 'connection: close') + bodyOf(nonce),
};

/** What was written is on its way to the reader before the connection breaks. */
const cut =
  (framing: keyof typeof begin, how: 'fin' | 'reset') =>
  ({ socket, nonce }: Lie): void => {
    socket.write(begin[framing](nonce), () => {
      setTimeout(() => (how === 'fin' ? socket.end() : socket.resetAndDestroy()), 100);
    });
  };

/** Longer than any caller waits, milliseconds. */
const FLOOD = 15_000;

/** Says the same as fast as it is read, until the other end has enough; for ever would be too long for a test. */
const flood =
  (start: string, more: string) =>
  ({ socket }: Lie): void => {
    const timer = setTimeout(() => socket.destroy(), FLOOD);
    socket.once('close', () => clearTimeout(timer));
    const block = more.repeat(Math.ceil(16_384 / more.length));
    const pour = (): void => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.on('drain', pour);
    socket.write(start);
    pour();
  };

const say =
  (...parts: readonly (string | ((nonce: string) => string))[]) =>
  ({ socket, nonce }: Lie): void => {
    socket.write(parts.map((part) => (typeof part === 'string' ? part : part(nonce))).join(''), 'latin1');
  };

const early = head('103 Early Hints', 'link: </a.css>; rel=preload');

export const LIES: Readonly<Record<string, (lie: Lie) => void>> = {
  echo: whole,
  'cut-length-fin': cut('length', 'fin'),
  'cut-length-reset': cut('length', 'reset'),
  'cut-chunks-fin': cut('chunks', 'fin'),
  'cut-chunks-reset': cut('chunks', 'reset'),
  'cut-close-reset': cut('close', 'reset'),
  /** The one way in which a body may end with its connection. */
  'whole-close': cut('close', 'fin'),
  'head-cut-fin': ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\ncontent-le'),
  'head-cut-reset': ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\ncontent-le', () => socket.resetAndDestroy()),
  'nothing-fin': ({ socket }) => void socket.end(),
  /** Answers before it has read the upload, and closes its side. */
  'answer-early-fin': ({ socket, nonce }) => void socket.end(text(nonce)),
  'hints-then-whole': say(early.repeat(20), (nonce) => text(nonce)),
  'hints-flood': flood('', early),
  'processing-flood': flood('', head('102 Processing')),
  'continue-flood': flood('', head('100 Continue')),
  'switch-unasked': say(head('101 Switching Protocols', 'connection: upgrade', 'upgrade: websocket'), FOREIGN),
  'fields-too-long': say(
    head('200 OK', `x-long: ${'a'.repeat(100_000)}`, `content-length: ${FOREIGN.length}`),
    FOREIGN,
  ),
  'fields-too-many': say(
    head('200 OK', ...Array.from({ length: 20_000 }, (_, n) => `x-${n}: a`), `content-length: ${FOREIGN.length}`),
    FOREIGN,
  ),
  'fields-endless': flood('HTTP/1.1 200 OK\r\nx-endless: ', 'a'),
  'fields-endless-many': flood('HTTP/1.1 200 OK\r\n', 'x-more: a\r\n'),
  'status-line-endless': flood('HTTP/1.1 200 ', 'a'),
  'chunk-size-endless': flood(head('200 OK', 'transfer-encoding: chunked'), '0'),
  'chunk-extension-endless': flood(`${head('200 OK', 'transfer-encoding: chunked')}5;a=`, 'a'),
  'trailers-endless': flood(`${head('200 OK', 'transfer-encoding: chunked')}0\r\n`, 'x-more: a\r\n'),
  'more-than-length': say((nonce) => text(nonce), foreign),
  'more-than-length-later': ({ socket, nonce }) => {
    socket.write(text(nonce), () => setTimeout(() => socket.write(foreign), 20));
  },
  'body-with-204': say(head('204 No Content', `content-length: ${foreign.length}`), foreign),
  'body-with-304': say(head('304 Not Modified', `content-length: ${foreign.length}`), foreign),
  'length-and-chunks': say(
    head('200 OK', 'content-length: 3', 'transfer-encoding: chunked'),
    (nonce) => chunk(nonce),
    '0\r\n\r\n',
  ),
  'two-lengths': say((nonce) => head('200 OK', `content-length: ${nonce.length}`, 'content-length: 3') + nonce),
  'length-negative': say((nonce) => head('200 OK', 'content-length: -1') + nonce),
  'length-huge': say((nonce) => head('200 OK', `content-length: ${'9'.repeat(30)}`) + nonce),
  'chunk-size-huge': say(head('200 OK', 'transfer-encoding: chunked'), (nonce) => `${'f'.repeat(20)}\r\n${nonce}`),
  'chunk-size-wrong': say(head('200 OK', 'transfer-encoding: chunked'), (nonce) => `3\r\n${nonce}\r\n0\r\n\r\n`),
  'gzip-of-chunks': say(head('200 OK', 'transfer-encoding: gzip, chunked'), (nonce) => chunk(nonce), '0\r\n\r\n'),
  garbage: say(Array.from({ length: 400 }, (_, n) => String.fromCharCode((n * 197 + 13) % 256)).join('')),
  ssh: say('SSH-2.0-OpenSSH_9.6\r\n'),
  'http-09': ({ socket, nonce }) => void socket.end(nonce),
  'http2-frames': ({ socket }) =>
    void socket.end('\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64', 'latin1'),
  'status-99': say('HTTP/1.1 99 Low\r\ncontent-length: 0\r\n\r\n'),
  'status-999': say('HTTP/1.1 999 High\r\ncontent-length: 0\r\n\r\n'),
  'null-in-field': say(head('200 OK', 'x-a: a\0b', 'content-length: 0')),
  'field-with-space': say(head('200 OK', 'x-a : a', 'content-length: 0')),
};

/** An honest body of chunks that nobody has ever read to its end. */
const pour = flood(head('200 OK', 'transfer-encoding: chunked'), chunk('x'.repeat(16_000)));

const EARLY: ReadonlySet<unknown> = new Set([LIES['answer-early-fin'], LIES['nothing-fin']]);
