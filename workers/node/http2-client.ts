import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { HeaderList } from '../../router/headers.ts';
import type { Connection, RequestHead, ResponseHead } from '../../router/message.ts';
import { type Client, LINGER } from './client.ts';
import { type Arrived, plainAddress } from './http1-client.ts';
import { fieldsOf } from './http2-fields.ts';
import { IncomingBody } from './incoming-body.ts';

/** One request of an HTTP/2 server: a stream. */
export class Http2Client implements Client {
  readonly head: RequestHead;
  readonly body: IncomingBody;
  readonly connection: Connection;
  readonly #stream: ServerHttp2Stream;
  #trailers: HeaderList | undefined;
  #ended = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[], arrived: Arrived) {
    this.#stream = stream;
    stream.on('error', () => undefined);
    this.head = requestHead(headers, raw, arrived);
    this.connection = connectionOf(stream, arrived);
    let over = false;
    stream.once('end', () => {
      // A stream that is reset without an error ends as well, but what came is not all.
      over = !stream.aborted;
    });
    this.body = new IncomingBody({
      stream,
      declared: declaredLength(stream, headers),
      complete: () => over,
      beforeRead: () => {
        if (/^100-continue$/i.test(headers.expect ?? '') && !stream.headersSent && !stream.closed) {
          stream.additionalHeaders({ ':status': 100 });
        }
      },
    });
  }

  get finished(): boolean {
    return this.#ended && !this.#stream.aborted && this.#stream.rstCode === constants.NGHTTP2_NO_ERROR;
  }

  onClose(closed: () => void): void {
    this.#stream.once('close', closed);
  }

  start({ status, headers }: ResponseHead, { ended, hasTrailers }: { ended: boolean; hasTrailers: boolean }): void {
    if (this.#stream.destroyed || this.#stream.closed) return;
    this.#ended = ended;
    // Never ends a HEAD twice: node has ended its stream before the answer.
    const waitForTrailers = hasTrailers && !ended && this.head.method !== 'HEAD';
    if (waitForTrailers) this.#stream.once('wantTrailers', () => this.#sendTrailers());
    this.#stream.respond([':status', String(status), ...headers.flat], { endStream: ended, waitForTrailers });
    if (ended) this.#afterEnd();
  }

  write(chunk: Buffer): boolean {
    return this.#stream.writable ? this.#stream.write(chunk) : true;
  }

  onDrain(drained: () => void): void {
    this.#stream.on('drain', drained);
  }

  end(chunk: Buffer | undefined, trailers?: HeaderList): void {
    this.#ended = true;
    this.#trailers = trailers;
    if (this.#stream.writable) {
      if (chunk === undefined) this.#stream.end();
      else this.#stream.end(chunk);
    }
    this.#afterEnd();
  }

  breakOff(): void {
    // close() would end the stream first, and what came so far would look whole.
    this.#stream.destroy(new Error('the upstream broke off'));
  }

  linger(): void {
    // Nothing to wait for once a stream is closed: what still comes on it is dropped, and the others go on.
  }

  switchProtocol(): Duplex | undefined {
    return undefined;
  }

  #sendTrailers(): void {
    if (this.#stream.destroyed || this.#stream.closed) return;
    const fields: Record<string, string[]> = Object.create(null);
    for (const [name, value] of this.#trailers ?? []) fields[name] = [...(fields[name] ?? []), value];
    this.#stream.sendTrailers(fields);
  }

  #afterEnd(): void {
    if (this.#stream.writableFinished) this.#dropRest();
    else this.#stream.once('finish', () => this.#dropRest());
  }

  /** What a client still uploads is read away for a while once it has its answer. */
  #dropRest(): void {
    if (this.#stream.readableEnded || this.#stream.destroyed) return;
    const timer = setTimeout(() => this.#stream.close(constants.NGHTTP2_NO_ERROR), LINGER);
    this.#stream.once('close', () => clearTimeout(timer)).resume();
  }
}

function requestHead(headers: IncomingHttpHeaders, raw: readonly string[], { tls }: Arrived): RequestHead {
  return {
    method: headers[':method'] ?? '',
    scheme: tls === false ? 'http' : 'https',
    authority: headers[':authority'] ?? headers.host ?? '',
    target: headers[':path'] ?? '',
    headers: fieldsOf(raw),
  };
}

function connectionOf({ session }: ServerHttp2Stream, { facts, tls }: Arrived): Connection {
  return {
    remoteAddress: plainAddress(session?.socket.remoteAddress),
    protocol: 'h2',
    tls: tls !== false,
    ...(tls !== false && tls.serverName !== undefined && { serverName: tls.serverName }),
    ...facts,
  };
}

function declaredLength(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): number | undefined {
  if (stream.endAfterHeaders) return 0;
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}
