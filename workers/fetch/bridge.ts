import type { ReplyEnd, UpstreamBody } from '../../router/index.ts';

export type SocketMessage = string | ArrayBuffer | Uint8Array<ArrayBuffer>;

/** One end of a WebSocket: what a runtime's own can do, in the words that all of them share. */
export interface SocketEnd {
  send(message: SocketMessage): void;
  /** @param code as the other end has said it; an end that may not say it says none */
  close(code: number, reason: string): void;
  /** Bytes that wait to be sent. */
  buffered(): number;
}

/** What a side may have said beyond what the other one takes, bytes. WebSocket of the Web knows no way to ask it to wait. */
export const MOST_BUFFERED = 4 * 1024 * 1024;
/** Messages that may come before the client's end is there: a service that greets at once says one. */
const MOST_WAITING = 64;

const GOING_AWAY = 1001;
const ABNORMAL = 1006;
const TRY_AGAIN_LATER = 1013;

/** A WebSocket of a service, joined with that of a client: each hears what the other says, closing included. */
export class Bridge implements UpstreamBody {
  readonly #upstream: SocketEnd;
  #client: SocketEnd | undefined;
  #waiting: SocketMessage[] = [];
  #closed: { readonly code: number; readonly reason: string } | undefined;
  #ended: ((end: ReplyEnd) => void) | undefined;

  constructor(upstream: SocketEnd) {
    this.#upstream = upstream;
  }

  /** The client's end is open. @param ended called once, when either end has closed */
  join(client: SocketEnd, ended: (end: ReplyEnd) => void): void {
    this.#client = client;
    this.#ended = ended;
    for (const message of this.#waiting) this.#pass(message, client);
    this.#waiting = [];
    if (this.#closed !== undefined) this.#end(client, this.#closed, 'upstream_reset');
  }

  fromUpstream(message: SocketMessage): void {
    if (this.#client !== undefined) this.#pass(message, this.#client);
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(message);
    else this.discard();
  }

  fromClient(message: SocketMessage): void {
    this.#pass(message, this.#upstream);
  }

  upstreamClosed(code: number, reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = { code, reason };
    if (this.#client !== undefined) this.#end(this.#client, this.#closed, 'upstream_reset');
  }

  clientClosed(code: number, reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = { code, reason };
    this.#end(this.#upstream, this.#closed, 'client_closed');
  }

  /** The program stops: both ends are told so. */
  leave(): void {
    if (this.#closed !== undefined) return;
    this.#closed = { code: GOING_AWAY, reason: '' };
    this.#waiting = [];
    this.#upstream.close(GOING_AWAY, '');
    if (this.#client !== undefined) this.#end(this.#client, this.#closed, 'upstream_reset');
  }

  /** Nobody will ever hear it, or nobody may any more. */
  discard(): void {
    const open = this.#closed === undefined;
    this.#closed ??= { code: ABNORMAL, reason: '' };
    this.#waiting = [];
    this.#upstream.close(ABNORMAL, '');
    if (open && this.#client !== undefined) this.#end(this.#client, this.#closed, 'upstream_reset');
  }

  #pass(message: SocketMessage, to: SocketEnd): void {
    if (this.#closed !== undefined && this.#waiting.length === 0) return;
    to.send(message);
    if (to.buffered() <= MOST_BUFFERED) return;
    this.#closed = { code: TRY_AGAIN_LATER, reason: 'the other end does not keep up' };
    this.#upstream.close(this.#closed.code, this.#closed.reason);
    if (this.#client !== undefined) this.#end(this.#client, this.#closed, 'upstream_reset');
  }

  #end(other: SocketEnd, { code, reason }: { code: number; reason: string }, brokeOff: ReplyEnd['outcome']): void {
    other.close(code, reason);
    this.#ended?.({ outcome: code === ABNORMAL ? brokeOff : 'complete' });
    this.#ended = undefined;
  }
}
