import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Cancellation, CancelReason } from '../../router/cancellation.ts';
import { HeaderList } from '../../router/headers.ts';
import { UpstreamFailure, type UpstreamResponse } from '../../router/ports.ts';
import { isConnectionHeader, namesIn } from './connection-headers.ts';
import { type BodySink, type FlowingBody, UpgradedSocket } from './upstream-body.ts';

/** What may wait here between the head and the first reader, and what of an unwanted body is read to keep its connection. */
const HELD_BYTES = 64 * 1024;

/** Answers before the answer (103 and the like): a caller gets none of them, and no honest service sends more. */
const MAX_INTERIM = 64;

/**
 * One try on its way through undici: the handler that undici calls, and the body that the entry writes out. Chunks go
 * from the upstream's socket to the client's without a stream in between.
 */
export class UpstreamExchange implements Dispatcher.DispatchHandler, FlowingBody {
  // What a length is missing to, the client's connection tells; trailers of HTTP/1.1 go no further.
  readonly ended = false;
  readonly hasTrailers = false;
  readonly response: Promise<UpstreamResponse>;
  readonly #resolve: (response: UpstreamResponse) => void;
  readonly #reject: (failure: Error) => void;
  readonly #uncancel: () => void;
  #started: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #headed = false;
  #interim = 0;
  #over: 'ended' | 'failed' | undefined;
  #aborted: Error | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #sink: BodySink | undefined;
  #discarded = false;

  /** @param started called once, when it has a connection or will get none */
  constructor(cancel: Cancellation, started: () => void) {
    this.#started = started;
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamResponse>();
    this.response = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#uncancel = cancel.onCancel((reason) => this.#cancelled(reason));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#leaveQueue();
    if (this.#aborted !== undefined) controller.abort(this.#aborted);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, fields: IncomingHttpHeaders): void {
    if (status < 200) {
      if (++this.#interim > MAX_INTERIM) this.#abort('no end of interim answers');
      return;
    }
    if (status > 599) {
      this.#abort(`the upstream answered with status ${status}`);
      return;
    }
    this.#headed = true;
    this.#resolve({ status, headers: responseHeaders(fields), body: this });
  }

  /** The socket is ours from here on. undici calls it for 101 only, and only where an upgrade was asked for. */
  onRequestUpgrade(
    _controller: Dispatcher.DispatchController,
    status: number,
    fields: IncomingHttpHeaders,
    socket: Duplex,
  ): void {
    const body = new UpgradedSocket(socket);
    this.#uncancel();
    if (this.#aborted !== undefined) body.discard();
    else if (String(fields.upgrade).toLowerCase() !== 'websocket') {
      body.discard();
      this.#reject(new UpstreamFailure('reset', 'the upstream switched to another protocol than was asked for', false));
    } else {
      this.#headed = true;
      this.#resolve({ status, headers: responseHeaders(fields), body });
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#sink !== undefined) {
      if (!this.#sink.write(chunk)) controller.pause();
      return;
    }
    this.#heldBytes += chunk.length;
    if (this.#discarded) {
      if (this.#heldBytes > HELD_BYTES) this.#abort('the rest of the answer is not wanted');
      return;
    }
    this.#held.push(chunk);
    if (this.#heldBytes >= HELD_BYTES) controller.pause();
  }

  onResponseEnd(): void {
    this.#over = 'ended';
    this.#uncancel();
    this.#sink?.end(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#finishFailed(error);
  }

  /** Hands everything that came and will come to the sink. Once. */
  writeTo(sink: BodySink): void {
    const held = this.#held;
    this.#held = [];
    this.#sink = sink;
    const last = this.#over === 'ended' ? held.pop() : undefined;
    let open = true;
    for (const chunk of held) open = sink.write(chunk);
    if (this.#over === 'ended') sink.end(last);
    else if (this.#over === 'failed') sink.fail();
    else if (open) this.flow();
  }

  /** The sink takes more. */
  flow(): void {
    if (this.#over === undefined) this.#controller?.resume();
  }

  discard(): void {
    this.#discarded = true;
    this.#held = [];
    this.flow();
  }

  #cancelled(reason: CancelReason): void {
    this.#abort(reason);
    if (!this.#headed) this.#reject(new UpstreamFailure('cancelled', reason, this.#controller === undefined));
  }

  #abort(why: string): void {
    this.#aborted = new Error(why);
    this.#controller?.abort(this.#aborted);
  }

  #leaveQueue(): void {
    this.#started?.();
    this.#started = undefined;
  }

  #finishFailed(error: Error): void {
    this.#leaveQueue();
    if (this.#over !== undefined) return;
    this.#over = 'failed';
    this.#uncancel();
    if (!this.#headed) this.#reject(failureOf(error, this.#controller !== undefined));
    else this.#sink?.fail();
  }
}

/** undici says that a request starts once it has a connection: whatever failed before has reached nobody. */
function failureOf(error: Error, started: boolean): Error {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  // A request that undici does not take is a mistake of ours, and no word about the upstream.
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') return error;
  return started
    ? new UpstreamFailure('reset', `connection broke off (${code})`, false)
    : new UpstreamFailure('connect', `no connection (${code})`);
}

/** End-to-end headers only. @param fields as undici has read them: names in lower case, each value by itself */
function responseHeaders(fields: IncomingHttpHeaders): HeaderList {
  const headers = new HeaderList();
  const { connection } = fields;
  const named = connection === undefined ? NONE : namesIn(String(connection));
  for (const name in fields) {
    if (isConnectionHeader(name) || named.includes(name)) continue;
    const value = fields[name];
    if (typeof value === 'string') headers.append(name, value);
    else for (const one of value ?? NONE) headers.append(name, one);
  }
  return headers;
}

const NONE: readonly string[] = [];
