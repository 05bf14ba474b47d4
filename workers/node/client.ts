import type { Duplex } from 'node:stream';
import type { HeaderList } from '../../router/headers.ts';
import type { Connection, RequestHead, ResponseHead } from '../../router/message.ts';
import type { IncomingBody } from './incoming-body.ts';

/** What a socket is to the mesh. */
export type SocketFacts = Pick<Connection, 'listenerPort' | 'gateway'>;

/** How long the rest of an unwanted upload may still come in after the answer, milliseconds. */
export const LINGER = 2_000;

/** One request and the way back to whoever sent it, on the protocol that it came by. */
export interface Client {
  readonly head: RequestHead;
  readonly body: IncomingBody;
  readonly connection: Connection;
  /** Everything that was to be said is out. */
  readonly finished: boolean;
  /** @param closed nothing can be written any more. Called once */
  onClose(closed: () => void): void;
  /** Sends the head. @param rest what follows it */
  start(head: ResponseHead, rest: { readonly ended: boolean; readonly hasTrailers: boolean }): void;
  /** @returns false: wait for `drained` before more */
  write(chunk: Buffer): boolean;
  onDrain(drained: () => void): void;
  /** Trailers are left out where the client does not take any. */
  end(chunk: Buffer | undefined, trailers?: HeaderList): void;
  /** Ends so that the client sees a broken answer, not a short one. */
  breakOff(): void;
  /** Lets the rest of a request that is answered already come in for a while. */
  linger(): void;
  /** Sends the head of a 101. @returns what is both sides' from now on; undefined where the client never asked */
  switchProtocol(head: ResponseHead): Duplex | undefined;
}
