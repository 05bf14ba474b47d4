import type { ServerHttp2Stream } from 'node:http2';
import { createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';

/** Requests at the same time on one connection. */
const MAX_STREAMS = 100;
/** Bytes of one upload that wait for the upstream; those of a connection are so many that one slow upload stops no other. */
const STREAM_WINDOW = 64 * 1024;
/** How long a connection without requests is kept, milliseconds: as node:http keeps its own. */
const IDLE = 65_000;

const BOUNDED = {
  settings: { maxConcurrentStreams: MAX_STREAMS, initialWindowSize: STREAM_WINDOW, maxHeaderListSize: 32 * 1024 },
  maxHeaderListPairs: 256,
  maxSessionMemory: 10,
  maxSettings: 16,
  maxOutstandingPings: 4,
  maxSessionInvalidFrames: 50,
  maxSessionRejectedStreams: 50,
  maxReservedRemoteStreams: 0,
  // Streams that a client opens only to reset them: more at once than one connection may have, then some each second.
  streamResetBurst: 2 * MAX_STREAMS,
  streamResetRate: 20,
  strictSingleValueFields: false,
};

export type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]) => void;

/** HTTP/2 on sockets that others have opened. */
export class Http2Sessions {
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  #closed = false;

  constructor(onStream: OnStream) {
    this.#server = createServer(BOUNDED);
    this.#server.on('session', (session) => this.#admit(session));
    this.#server.on('stream', (stream, headers, _flags, raw) => onStream(stream, headers, raw));
  }

  /** @param socket that has said the preface, or agreed on h2 in its TLS handshake */
  readonly take = (socket: Duplex): void => {
    // A socket of an HTTP/1.1 server may be half open. Over HTTP/2 that says nothing: who sends no more has gone.
    socket.once('end', () => socket.destroy());
    this.#server.emit('connection', socket);
  };

  /**
   * No session that there is takes another stream: each says GOAWAY, which proves to its client that nothing behind the last
   * stream was processed, and closes when its last one ends.
   */
  retire(): void {
    for (const session of this.#sessions) session.close();
  }

  /** As `retire`, also for sessions that are only beginning. */
  close(): void {
    this.#closed = true;
    this.retire();
  }

  destroy(): void {
    for (const session of this.#sessions) session.destroy();
  }

  #admit(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    session.setLocalWindowSize(MAX_STREAMS * STREAM_WINDOW);
    let streams = 0;
    session.on('stream', (stream) => {
      streams++;
      stream.once('close', () => streams--);
    });
    session.on('timeout', () => {
      if (streams === 0) session.close();
      else session.setTimeout(IDLE);
    });
    session.setTimeout(IDLE);
    if (this.#closed) session.close();
  }
}
