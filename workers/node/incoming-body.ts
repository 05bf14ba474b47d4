import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Body } from '../../router/message.ts';

/** A request's body on a node:http socket. Nothing is read from the socket before somebody asks for it. */
export class IncomingBody implements Body {
  readonly empty: boolean;
  readonly #request: IncomingMessage;
  readonly #declared: number | undefined;
  readonly #beforeRead: () => void;
  #kept: Buffer | undefined;
  #spent = false;
  #bytes = 0;

  /** @param beforeRead called once before the first byte is asked for (`100 Continue`) */
  constructor(request: IncomingMessage, beforeRead: () => void) {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    this.#request = request;
    this.#beforeRead = beforeRead;
    this.#declared = encoding === undefined ? Number(length ?? 0) : undefined;
    this.empty = this.#declared === 0;
  }

  get spent(): boolean {
    return this.#spent;
  }

  /** Bytes that came so far. */
  get bytes(): number {
    return this.#bytes;
  }

  buffer(cap: number): Promise<void> | undefined {
    if (this.#kept !== undefined) return Promise.resolve();
    if (this.empty || this.#declared === undefined || this.#declared > cap || this.#spent) return undefined;
    return this.#keep();
  }

  async #keep(): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.#stream()) chunks.push(chunk as Buffer);
    this.#kept = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    this.#spent = false;
  }

  /** What undici sends: nothing, the kept bytes, or a stream that takes from the socket only what the upstream takes. */
  outgoing(): Buffer | Readable | null {
    if (this.empty) return null;
    return this.#kept ?? this.#stream();
  }

  #stream(): Readable {
    return new Upload(this.#request, this.#beforeRead, (bytes) => {
      this.#spent = true;
      this.#bytes += bytes;
    });
  }
}

/** The socket's bytes as a stream of its own: undici destroys what it was given, which must not be the client's socket. */
class Upload extends Readable {
  readonly #request: IncomingMessage;
  readonly #beforeRead: () => void;
  readonly #took: (bytes: number) => void;
  #flowing = false;

  constructor(request: IncomingMessage, beforeRead: () => void, took: (bytes: number) => void) {
    super();
    this.#request = request;
    this.#beforeRead = beforeRead;
    this.#took = took;
  }

  override _read(): void {
    if (!this.#flowing) {
      this.#flowing = true;
      this.#beforeRead();
      this.#request.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose);
    }
    this.#request.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#request.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    if (this.#flowing && !this.#request.complete) this.#request.pause();
    done(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#took(chunk.length);
    if (!this.push(chunk)) this.#request.pause();
  };

  readonly #onEnd = (): void => {
    this.push(null);
  };

  readonly #onClose = (): void => {
    if (!this.#request.complete) this.destroy(new Error('the client went away'));
  };
}
