import { Cancellation } from '../../router/cancellation.ts';
import type { HeaderList } from '../../router/headers.ts';
import type { UnderWay } from '../../router/in-flight.ts';
import type { Body, Connection, Reply, ReplyEnd, RequestHead, ResponseHead } from '../../router/message.ts';
import type { Log } from '../../router/ports.ts';
import type { Client } from './client.ts';
import { Tunnel } from './tunnel.ts';
import { type BodySink, type FlowingBody, isFlowing, UpgradedSocket } from './upstream-body.ts';

/** `handle` of a Router or a Gateway. */
export type Handle = (
  request: RequestHead,
  body: Body,
  connection: Connection,
  cancellation: Cancellation,
) => Promise<Reply>;

/** One request of one client: handled, answered as the Reply says, finished exactly once. */
export class ServedRequest implements UnderWay, BodySink {
  place: number | undefined;
  readonly #client: Client;
  readonly #cancellation = new Cancellation();
  #reply: Reply | undefined;
  #closed = false;
  #brokeOff = false;
  #bytesOut = 0;
  #tunnel: Tunnel | undefined;
  #leaving = false;
  #flowing: FlowingBody | undefined;
  /** Listens for the client to take more. */
  #hasWaited = false;
  readonly #ended: () => void;

  /** @param ended called once it is over and recorded */
  constructor(client: Client, ended: () => void) {
    this.#client = client;
    this.#ended = ended;
    client.onClose(this.#onClose);
  }

  /** The socket goes away: a WebSocket has no end of its own, so both sides are told. All else goes on to its end. */
  leave(): void {
    this.#leaving = true;
    this.#tunnel?.leave();
  }

  run(handle: Handle, log: Log): void {
    const { head, body, connection } = this.#client;
    handle(head, body, connection, this.#cancellation)
      .then((reply) => this.#answer(reply))
      .catch((error) => {
        log('error', 'a request could not be answered', { error: String(error) });
        this.#client.breakOff();
        this.#ended();
      });
  }

  #answer(reply: Reply): void {
    this.#reply = reply;
    const { body } = reply;
    if (this.#closed) {
      if (typeof body === 'object') body?.discard();
      this.#finish();
    } else if (isFlowing(body)) this.#pass(reply, body);
    else if (body instanceof UpgradedSocket) this.#join(reply, body);
    else this.#say(reply, typeof body === 'string' ? Buffer.from(body) : undefined);
  }

  #say(reply: ResponseHead, text: Buffer | undefined): void {
    const { status, headers } = reply;
    if (!headers.has('content-length') && mayHaveBody(status) && this.#client.head.method !== 'HEAD') {
      headers.append('content-length', String(text?.length ?? 0));
    }
    this.#bytesOut = text?.length ?? 0;
    this.#client.start(reply, { ended: text === undefined, hasTrailers: false });
    this.#client.end(text);
  }

  #pass(reply: ResponseHead, body: FlowingBody): void {
    this.#client.start(reply, body);
    this.#flowing = body;
    body.writeTo(this);
  }

  write(chunk: Buffer): boolean {
    this.#bytesOut += chunk.length;
    const takesMore = this.#client.write(chunk);
    if (!takesMore && !this.#hasWaited) {
      this.#hasWaited = true;
      this.#client.onDrain(() => this.#flowing?.flow());
    }
    return takesMore;
  }

  end(chunk: Buffer | undefined, trailers?: HeaderList): void {
    this.#bytesOut += chunk?.length ?? 0;
    this.#client.end(chunk, trailers);
  }

  fail(): void {
    // Else it is we who ended the try, because the client has gone.
    this.#brokeOff ||= !this.#closed;
    this.#client.breakOff();
  }

  #join(reply: ResponseHead, upgraded: UpgradedSocket): void {
    const client = this.#client.switchProtocol(reply);
    if (client === undefined) {
      upgraded.discard();
      throw new Error('an upstream switched protocols for a request that did not offer it');
    }
    this.#tunnel = new Tunnel(client, upgraded.socket);
    if (this.#leaving) this.#tunnel.leave();
    // Nobody else can end it: the transport let go of the socket when the protocol changed.
    this.#cancellation.onCancel(() => this.#tunnel?.close());
  }

  readonly #onClose = (): void => {
    this.#closed = true;
    if (this.#tunnel !== undefined) void this.#tunnel.closed.then(() => this.#finish());
    else {
      if (!this.#client.finished && !this.#brokeOff) this.#cancellation.cancel('client_closed');
      this.#client.linger();
      this.#finish();
    }
  };

  #finish(): void {
    const reply = this.#reply;
    if (reply === undefined || !this.#closed) return;
    this.#reply = undefined;
    if (this.#tunnel !== undefined) {
      const { bytesIn, bytesOut, outcome } = this.#tunnel;
      reply.finish({ outcome, bytesIn, bytesOut });
    } else reply.finish({ outcome: this.#outcome(), bytesIn: this.#client.body.bytes, bytesOut: this.#bytesOut });
    this.#ended();
  }

  #outcome(): ReplyEnd['outcome'] {
    if (this.#brokeOff) return 'upstream_reset';
    return this.#client.finished ? 'complete' : 'client_closed';
  }
}

const mayHaveBody = (status: number): boolean => status >= 200 && status !== 204 && status !== 304;
