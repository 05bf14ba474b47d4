import type { Duplex } from 'node:stream';
import type { HeaderList } from '../../router/headers.ts';
import type { UpstreamBody } from '../../router/message.ts';

/** Takes a response body as it comes. */
export interface BodySink {
  /** @returns false: wait for `flow` before more */
  write(chunk: Buffer): boolean;
  /** The last bytes, if any are left, and what the upstream said after them. */
  end(chunk: Buffer | undefined, trailers?: HeaderList): void;
  /** The upstream broke off. */
  fail(): void;
}

/** A response body on its way from the upstream's socket to the client's. */
export interface FlowingBody extends UpstreamBody {
  /** The head was all: nothing will come. */
  readonly ended: boolean;
  /** Trailers may follow the last byte. */
  readonly hasTrailers: boolean;
  /** Hands everything that came and will come to the sink. Once. */
  writeTo(sink: BodySink): void;
  /** The sink takes more. */
  flow(): void;
}

/** After a 101: the upstream's socket, on which both sides now say what they like. */
export class UpgradedSocket implements UpstreamBody {
  readonly socket: Duplex;

  constructor(socket: Duplex) {
    this.socket = socket;
    // An error closes it, which is all that anybody needs to know.
    socket.on('error', () => undefined);
  }

  discard(): void {
    this.socket.destroy();
  }
}

/** Whether this is a body that this runtime's transports made. */
export const isFlowing = (body: string | UpstreamBody | null): body is FlowingBody =>
  typeof body === 'object' && body !== null && 'writeTo' in body;
