import type { IncomingMessage, ServerResponse } from 'node:http';
import { Cancellation } from '../../router/cancellation.ts';
import { HeaderList } from '../../router/headers.ts';
import type { Body, Connection, Reply, ReplyEnd, RequestHead } from '../../router/message.ts';
import type { Log } from '../../router/ports.ts';
import { IncomingBody } from './incoming-body.ts';
import { type BodySink, UpstreamExchange } from './upstream-exchange.ts';

/** `handle` of a Router or a Gateway. */
export type Handle = (
  request: RequestHead,
  body: Body,
  connection: Connection,
  cancellation: Cancellation,
) => Promise<Reply>;

/** What a socket is to the mesh. */
export type SocketFacts = Pick<Connection, 'listenerPort' | 'gateway'>;

/** How long the rest of an unwanted upload may still come in after the answer, milliseconds. */
const LINGER = 2_000;

/** One request of a node:http server: in as a RequestHead, out as the Reply says, finished exactly once. */
export class ServedRequest {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #body: IncomingBody;
  readonly #cancellation = new Cancellation();
  #reply: Reply | undefined;
  #closed = false;
  #brokeOff = false;
  #bytesOut = 0;

  /** @param expectsContinue the client waits for `100 Continue` before it sends its body */
  constructor(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) {
    this.#request = request;
    this.#response = response;
    this.#body = new IncomingBody(request, () => {
      if (expectsContinue && !response.headersSent) response.writeContinue();
    });
    response.once('close', this.#onClose);
  }

  async run(handle: Handle, socket: SocketFacts, log: Log): Promise<void> {
    try {
      const head = requestHead(this.#request);
      this.#answer(await handle(head, this.#body, connectionOf(this.#request, socket), this.#cancellation));
    } catch (error) {
      log('error', 'a request could not be answered', { error: String(error) });
      this.#response.destroy();
    }
  }

  #answer(reply: Reply): void {
    this.#reply = reply;
    const { body, headers, status } = reply;
    if (this.#closed) {
      if (body instanceof UpstreamExchange) body.discard();
      this.#finish();
      return;
    }
    if (body instanceof UpstreamExchange) {
      this.#response.writeHead(status, headers.flat);
      body.writeTo(this.#sinkOf(body));
      return;
    }
    const text = typeof body === 'string' ? Buffer.from(body) : undefined;
    if (!headers.has('content-length') && mayHaveBody(status) && this.#request.method !== 'HEAD') {
      headers.append('content-length', String(text?.length ?? 0));
    }
    this.#bytesOut = text?.length ?? 0;
    this.#response.writeHead(status, headers.flat).end(text);
  }

  #sinkOf(body: UpstreamExchange): BodySink {
    const response = this.#response;
    response.on('drain', () => body.flow());
    return {
      write: (chunk) => {
        this.#bytesOut += chunk.length;
        return response.write(chunk);
      },
      end: (chunk) => {
        this.#bytesOut += chunk?.length ?? 0;
        response.end(chunk);
      },
      fail: () => {
        this.#brokeOff = true;
        // Without its end the client must see a broken answer, not a short one.
        response.destroy();
      },
    };
  }

  readonly #onClose = (): void => {
    this.#closed = true;
    if (!this.#response.writableFinished && !this.#brokeOff) this.#cancellation.cancel('client_closed');
    if (!this.#request.complete) this.#linger();
    this.#finish();
  };

  /** Closing at once would reset the connection before a client that still sends has read the answer. */
  #linger(): void {
    const { socket } = this.#request;
    if (socket.destroyed) return;
    this.#request.resume();
    const timer = setTimeout(() => socket.destroy(), LINGER);
    this.#request.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer));
  }

  #finish(): void {
    const reply = this.#reply;
    if (reply === undefined || !this.#closed) return;
    this.#reply = undefined;
    reply.finish({ outcome: this.#outcome(), bytesIn: this.#body.bytes, bytesOut: this.#bytesOut });
  }

  #outcome(): ReplyEnd['outcome'] {
    if (this.#brokeOff) return 'upstream_reset';
    return this.#response.writableFinished ? 'complete' : 'client_closed';
  }
}

function requestHead(request: IncomingMessage): RequestHead {
  const { rawHeaders } = request;
  const flat = new Array<string>(rawHeaders.length);
  for (let i = 0; i < rawHeaders.length; i += 2) {
    flat[i] = (rawHeaders[i] as string).toLowerCase();
    flat[i + 1] = rawHeaders[i + 1] as string;
  }
  return {
    method: request.method ?? '',
    scheme: 'http',
    authority: request.headers.host ?? '',
    target: request.url ?? '',
    headers: new HeaderList(flat),
  };
}

function connectionOf(request: IncomingMessage, socket: SocketFacts): Connection {
  const remote = request.socket.remoteAddress ?? '';
  return {
    remoteAddress: remote.startsWith('::ffff:') ? remote.slice(7) : remote,
    protocol: request.httpVersionMinor === 0 ? 'http/1.0' : 'http/1.1',
    tls: false,
    ...socket,
  };
}

const mayHaveBody = (status: number): boolean => status >= 200 && status !== 204 && status !== 304;
