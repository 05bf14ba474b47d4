import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Body } from '../../router/message.ts';

/** Where the bytes of a request come from: a node:http message or an HTTP/2 stream. */
export interface BodySource {
  readonly stream: Readable;
  /** Bytes as Content-Length says; 0 when there is no body; undefined when nobody knows. */
  readonly declared: number | undefined;
  /** The client has sent all of it. */
  complete(): boolean;
  /** Called once before the first byte is asked for (`100 Continue`). */
  beforeRead(): void;
}

/** A request's body on a socket. Nothing is read from the socket before somebody asks for it. */
export class IncomingBody implements Body {
  readonly empty: boolean;
  readonly #source: BodySource;
  #kept: Buffer | undefined;
  #spent = false;
  #bytes = 0;

  constructor(source: BodySource) {
    this.#source = source;
    this.empty = source.declared === 0;
  }

  get spent(): boolean {
    return this.#spent;
  }

  get complete(): boolean {
    return this.#kept !== undefined || this.#source.complete();
  }

  /** Bytes that came so far. */
  get bytes(): number {
    return this.#bytes;
  }

  buffer(cap: number): Promise<void> | undefined {
    const { declared } = this.#source;
    if (this.#kept !== undefined) return Promise.resolve();
    if (this.empty || declared === undefined || declared > cap || this.#spent) return undefined;
    return this.#keep(cap).then(() => undefined);
  }

  async digest(cap: number): Promise<string | undefined> {
    if (this.#kept === undefined && !this.empty) {
      if (this.#spent || (this.#source.declared ?? 0) > cap || !(await this.#keep(cap))) return undefined;
    }
    // A body may have been kept for other reasons, with another cap.
    if ((this.#kept?.length ?? 0) > cap) return undefined;
    return createHash('sha256')
      .update(this.#kept ?? '')
      .digest('base64url');
  }

  /** @returns false: it is longer than `cap`, and what was read of it is lost */
  async #keep(cap: number): Promise<boolean> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of this.#stream()) {
      bytes += (chunk as Buffer).length;
      if (bytes > cap) return false;
      chunks.push(chunk as Buffer);
    }
    this.#kept = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    this.#spent = false;
    return true;
  }

  /** What is sent: nothing, the kept bytes, or a stream that takes from the socket only what the upstream takes. */
  outgoing(): Buffer | Readable | null {
    if (this.empty) return null;
    return this.#kept ?? this.#stream();
  }

  #stream(): Readable {
    return new Upload(this.#source, (bytes) => {
      this.#spent = true;
      this.#bytes += bytes;
    });
  }
}

/** The socket's bytes as a stream of its own: undici destroys what it was given, which must not be the client's socket. */
class Upload extends Readable {
  readonly #source: BodySource;
  readonly #took: (bytes: number) => void;
  #flowing = false;

  constructor(source: BodySource, took: (bytes: number) => void) {
    super();
    this.#source = source;
    this.#took = took;
  }

  override _read(): void {
    const { stream } = this.#source;
    if (!this.#flowing) {
      this.#flowing = true;
      this.#source.beforeRead();
      stream.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose);
    }
    stream.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { stream } = this.#source;
    stream.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    if (this.#flowing && !this.#source.complete()) stream.pause();
    done(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#took(chunk.length);
    if (!this.push(chunk)) this.#source.stream.pause();
  };

  readonly #onEnd = (): void => {
    if (this.#source.complete()) this.push(null);
    else this.#onClose();
  };

  readonly #onClose = (): void => {
    if (!this.#source.complete()) this.destroy(new Error('the client went away'));
  };
}
