import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { ReplyEnd } from '../../router/message.ts';
import { closeFrame, WebSocketFrames } from './websocket-frames.ts';

/** How long the other end may take to close after one has said that it is done, milliseconds. */
const LAST_WORDS = 2_000;
/** Silence after which the machine at the other end is asked whether it is still there, milliseconds. */
const PROBE_AFTER = 30_000;
const GOING_AWAY = 1001;

/** What one end says to the other. */
interface Way {
  readonly from: Duplex;
  readonly to: Duplex;
  readonly frames: WebSocketFrames;
  /** A close frame has gone to the other end: nothing may follow it. */
  told: boolean;
}

/** The sockets of a WebSocket joined: what one says the other hears, as fast as it listens, until either closes. */
export class Tunnel {
  /** Resolves when both are closed. */
  readonly closed: Promise<void>;
  bytesIn = 0;
  bytesOut = 0;
  #outcome: ReplyEnd['outcome'] = 'complete';
  readonly #in: Way;
  readonly #out: Way;
  #closing = false;
  #leaving = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(client: Duplex, upstream: Duplex) {
    this.#in = { from: client, to: upstream, frames: new WebSocketFrames(), told: false };
    this.#out = { from: upstream, to: client, frames: new WebSocketFrames(), told: false };
    client.on('data', (chunk: Buffer) => {
      this.bytesIn += this.#hear(chunk, this.#in);
    });
    upstream.on('data', (chunk: Buffer) => {
      this.bytesOut += this.#hear(chunk, this.#out);
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
    for (const { from } of [this.#in, this.#out]) from.end();
    this.#timer ??= setTimeout(() => this.#destroy(), LAST_WORDS);
  }

  /** Tells both ends that this one goes away (RFC 6455 7.4.1), each behind the frame that it is hearing, and lets them answer. */
  leave(): void {
    if (this.#leaving || this.#closing) return;
    this.#leaving = true;
    this.#timer ??= setTimeout(() => this.#destroy(), LAST_WORDS);
    for (const way of [this.#in, this.#out]) this.#tell(way);
    this.#endAnswered();
  }

  #hear(chunk: Buffer, way: Way): number {
    if (!this.#leaving) {
      way.frames.take(chunk);
      return this.#pass(chunk, way);
    }
    const passed = way.told ? 0 : way.frames.take(chunk, true);
    if (passed > 0) this.#pass(chunk.subarray(0, passed), way);
    this.#tell(way);
    // Not passed on any more, but read: an answer to our farewell is among it.
    way.frames.take(chunk.subarray(passed));
    this.#endAnswered();
    return passed;
  }

  #pass(chunk: Buffer, { from, to }: Way): number {
    if (this.#closing || !to.writable) return 0;
    if (!to.write(chunk)) from.pause();
    return chunk.length;
  }

  #tell(way: Way): void {
    if (way.told || !way.frames.betweenFrames) return;
    way.told = true;
    // Its other end has said it already.
    if (way.frames.closed || !way.to.writable) return;
    way.to.write(closeFrame(GOING_AWAY, way === this.#in ? randomBytes(4) : undefined));
  }

  /** Whoever was told and has answered waits for the end of the connection. */
  #endAnswered(): void {
    if (this.#out.told && this.#in.frames.closed) this.#out.to.end();
    if (this.#in.told && this.#out.frames.closed) this.#in.to.end();
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
          const first = !this.#closing && !this.#leaving && !to.readableEnded && !to.destroyed;
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
    for (const { from } of [this.#in, this.#out]) from.destroy();
  }
}

/** Tells the other end that this was no proper end. TLS has no such word. */
function reset(socket: Duplex): void {
  if (socket instanceof Socket && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
  else socket.destroy();
}
