import { type ClientHttp2Stream, constants } from 'node:http2';
import { Readable } from 'node:stream';
import type { Cancellation, CancelReason } from '../../router/cancellation.ts';
import type { HeaderList } from '../../router/headers.ts';
import { UpstreamFailure, type UpstreamResponse } from '../../router/ports.ts';
import { isConnectionHeader } from './connection-headers.ts';
import { fieldsOf, trailersOf } from './http2-fields.ts';
import type { BodySink, FlowingBody } from './upstream-body.ts';

/** One try as an HTTP/2 stream. What comes waits in the stream's own window until somebody reads it. */
export class Http2Exchange implements FlowingBody {
  readonly response: Promise<UpstreamResponse>;
  readonly hasTrailers = true;
  readonly #stream: ClientHttp2Stream;
  readonly #abort: AbortController;
  readonly #resolve: (response: UpstreamResponse) => void;
  readonly #reject: (failure: Error) => void;
  #headed = false;
  #ended = false;
  #failed = false;
  /** Content-Length as far as it has not come yet. */
  #missing: number | undefined;
  #trailers: HeaderList | undefined;
  #sink: BodySink | undefined;

  /**
   * @param abort resets the stream
   * @param wasTaken whether the upstream may have seen a stream of this number before it gave the connection up
   */
  constructor(
    stream: ClientHttp2Stream,
    cancel: Cancellation,
    abort: AbortController,
    wasTaken: (id: number) => boolean,
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamResponse>();
    this.response = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#stream = stream;
    this.#abort = abort;
    const uncancel = cancel.onCancel((reason) => this.#cancelled(reason));
    stream.on('response', (_, flags, raw) => this.#head(raw, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0));
    stream.on('trailers', (_, __, raw) => {
      this.#trailers = trailersOf(raw);
    });
    let error: Error | undefined;
    stream.on('error', (cause: Error) => {
      error = cause;
    });
    stream.once('close', () => {
      uncancel();
      this.#closed(error, wasTaken);
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** @param body as IncomingBody gives it */
  send(body: Buffer | Readable | null): void {
    if (!(body instanceof Readable)) {
      if (body !== null) this.#stream.end(body);
      return;
    }
    body.on('error', () => this.discard());
    this.#stream.once('close', () => body.destroy());
    body.pipe(this.#stream);
  }

  writeTo(sink: BodySink): void {
    this.#sink = sink;
    if (this.#failed) sink.fail();
    else if (this.#ended) sink.end(undefined, this.#trailers);
    else this.#stream.on('data', this.#onData).once('end', this.#onEnd);
  }

  flow(): void {
    if (this.#sink !== undefined) this.#stream.resume();
  }

  /** close() would end the stream first: an upload that breaks off would look whole. */
  discard(): void {
    this.#abort.abort();
  }

  #head(raw: readonly string[], ended: boolean): void {
    const headers = fieldsOf(raw);
    headers.deleteWhere(isConnectionHeader);
    const status = Number(raw[raw.indexOf(':status') + 1]);
    const length = headers.get('content-length');
    this.#missing = length === undefined ? undefined : Number(length);
    this.#headed = true;
    this.#ended = ended;
    if (ended) this.#stream.resume();
    this.#resolve({ status, headers, body: this });
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#missing !== undefined) this.#missing -= chunk.length;
    if (this.#sink?.write(chunk) === false) this.#stream.pause();
  };

  readonly #onEnd = (): void => {
    // A stream that is reset without an error ends as well.
    if (this.#missing !== undefined && this.#missing > 0) this.#fail();
    else {
      this.#ended = true;
      this.#sink?.end(undefined, this.#trailers);
    }
  };

  #cancelled(reason: CancelReason): void {
    if (!this.#headed) this.#reject(new UpstreamFailure('cancelled', reason, this.#stream.pending));
    this.discard();
  }

  #closed(error: Error | undefined, wasTaken: (id: number) => boolean): void {
    if (this.#headed) {
      if (!this.#ended) this.#fail();
      return;
    }
    const { id, rstCode } = this.#stream;
    const unprocessed = rstCode === constants.NGHTTP2_REFUSED_STREAM || id === undefined || !wasTaken(id);
    const why = error !== undefined && 'code' in error ? String(error.code) : `code ${rstCode}`;
    this.#reject(new UpstreamFailure('reset', `the stream broke off (${why})`, unprocessed));
  }

  #fail(): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#sink?.fail();
  }
}
