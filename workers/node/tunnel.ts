import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { ReplyEnd } from '../../router/message.ts';

/** How long the other end may take to close after one has said that it is done, milliseconds. */
const LAST_WORDS = 2_000;
/** Silence after which the machine at the other end is asked whether it is still there, milliseconds. */
const PROBE_AFTER = 30_000;

/** Two sockets joined: what one says the other hears, as fast as it listens, until either closes. */
export class Tunnel {
  /** Resolves when both are closed. */
  readonly closed: Promise<void>;
  bytesIn = 0;
  bytesOut = 0;
  #outcome: ReplyEnd['outcome'] = 'complete';
  readonly #ends: readonly Duplex[];
  #closing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(client: Duplex, upstream: Duplex) {
    this.#ends = [client, upstream];
    client.on('data', (chunk: Buffer) => {
      this.bytesIn += this.#pass(chunk, client, upstream);
    });
    upstream.on('data', (chunk: Buffer) => {
      this.bytesOut += this.#pass(chunk, upstream, client);
    });
    this.closed = Promise.all([
      this.#follow(client, upstream, 'client_closed'),
      this.#follow(upstream, client, 'upstream_reset'),
    ]).then(() => clearTimeout(this.#timer));
  }

  /** `complete` unless one end broke off. */
  get outcome(): ReplyEnd['outcome'] {
    return this.#outcome;
  }

  /** Ends both sides; what they still say goes nowhere. */
  close(): void {
    this.#closing = true;
    for (const end of this.#ends) end.end();
    this.#timer ??= setTimeout(() => this.#destroy(), LAST_WORDS);
  }

  #pass(chunk: Buffer, from: Duplex, to: Duplex): number {
    if (this.#closing || !to.writable) return 0;
    if (!to.write(chunk)) from.pause();
    return chunk.length;
  }

  #follow(from: Duplex, to: Duplex, brokenOff: ReplyEnd['outcome']): Promise<void> {
    if (from instanceof Socket) from.setKeepAlive(true, PROBE_AFTER).setNoDelay(true);
    to.on('drain', () => from.resume());
    from.on('end', () => {
      to.end();
      this.#timer ??= setTimeout(() => this.#destroy(), LAST_WORDS);
    });
    const closed = new Promise<void>((resolve) => {
      const gone = (): void => {
        if (!from.readableEnded) {
          const first = !this.#closing && !to.readableEnded && !to.destroyed;
          if (first) this.#outcome = brokenOff;
          reset(to);
        }
        resolve();
      };
      if (from.destroyed) gone();
      else from.once('close', gone);
    });
    from.resume();
    return closed;
  }

  #destroy(): void {
    for (const end of this.#ends) end.destroy();
  }
}

/** Tells the other end that this was no proper end. TLS has no such word. */
function reset(socket: Duplex): void {
  if (socket instanceof Socket && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
  else socket.destroy();
}
