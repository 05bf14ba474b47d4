import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ResponseHead } from '../../router/message.ts';
import { type Arrived, Http1Client } from './http1-client.ts';

/** A request that offers to become a WebSocket. node:http has let go of its socket: its answer is the last one on it. */
export class WebSocketClient extends Http1Client {
  readonly #socket: Duplex;
  readonly #response: ServerResponse;

  /** @param socket as the `upgrade` event gives it, with nothing on its way on it */
  constructor(request: IncomingMessage, socket: Duplex, arrived: Omit<Arrived, 'upgrade'>) {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    // Typed for TCP sockets; the one of TLS is one of them.
    response.assignSocket(request.socket);
    super(request, response, { ...arrived, upgrade: 'websocket' });
    this.#socket = socket;
    this.#response = response;
    socket.on('error', () => undefined);
    // Reading shows when the client goes away. It must not say anything yet (RFC 6455 4.1).
    socket.on('data', this.#tooEarly).on('end', this.#tooEarly);
    response.once('finish', () => socket.end());
  }

  readonly #tooEarly = (): void => void this.#socket.destroy();

  override onClose(closed: () => void): void {
    this.#socket.once('close', closed);
  }

  override breakOff(): void {
    this.#socket.destroy();
  }

  override linger(): void {
    // Such a request has no body.
  }

  override switchProtocol({ status, headers }: ResponseHead): Duplex {
    this.#response.writeHead(status, [...headers.flat, 'connection', 'Upgrade', 'upgrade', 'websocket']);
    this.#response.flushHeaders();
    this.#response.detachSocket(this.#response.req.socket);
    this.#socket.off('data', this.#tooEarly).off('end', this.#tooEarly);
    return this.#socket;
  }
}
