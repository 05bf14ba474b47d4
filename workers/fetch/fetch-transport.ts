import {
  type Cancellation,
  HeaderList,
  isGrpc,
  type Transport,
  type UpstreamBody,
  type UpstreamCall,
  UpstreamFailure,
  type UpstreamResponse,
} from '../../router/index.ts';
import { grpcRefusal } from './grpc-refusal.ts';
import { headersInit } from './headers-init.ts';
import { headersOf } from './headers-of.ts';
import { RequestBody } from './request-body.ts';
import type { FetchRuntime, Handshake } from './runtime.ts';

/** A response body that goes to the client as the runtime's own stream. */
export class FetchedBody implements UpstreamBody {
  readonly stream: ReadableStream | null;

  constructor(stream: ReadableStream | null) {
    this.stream = stream;
  }

  discard(): void {
    // Locked: it is on its way to the client already, or broken.
    if (this.stream !== null && !this.stream.locked) this.stream.cancel().catch(() => undefined);
  }
}

const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Made anew by whoever shakes hands with the service. */
const OF_THE_HANDSHAKE: ReadonlySet<string> = new Set([
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-version',
]);

/** Bodies declared to be at most so long are sent from memory: with their length, and again when nobody took them. */
const SMALL_BODY = 64 * 1024;

/** Of an answer, characters of names and values: what node takes. */
const MAX_HEAD = 64 * 1024;

/** Sends with the runtime's own fetch or a service binding: no redirect is followed, no body is read. */
export class FetchTransport implements Transport {
  readonly #runtime: FetchRuntime;

  constructor(runtime: FetchRuntime) {
    this.#runtime = runtime;
  }

  async send(call: UpstreamCall, cancel: Cancellation): Promise<UpstreamResponse> {
    if (isGrpc(call.headers)) return grpcRefusal();
    const { fetch, url } = this.#placeOf(call);
    const abort = new AbortController();
    const { signal } = abort;
    cancel.onCancel((reason) => abort.abort(new UpstreamFailure('cancelled', reason)));
    if (!call.body.empty) await keepSmall(call);
    signal.throwIfAborted();
    if (call.upgrade !== undefined) return this.#dial(url, call, { fetch, signal });
    const body = this.#runtime.sendsAgain ? sentOnce(call.method, bodyOf(call)) : bodyOf(call);
    const init: RequestInit & { duplex?: 'half' } = {
      method: call.method,
      headers: headersInit(this.#headersOf(call)),
      redirect: 'manual',
      signal,
      ...(body !== null && { body }),
      ...(body instanceof ReadableStream && { duplex: 'half' }),
      ...this.#runtime.init,
    };
    let response: Response;
    try {
      response = await fetch(url, init);
    } catch (error) {
      throw this.#failureOf(error, signal, body instanceof ReadableStream);
    }
    // Response can hold no other status.
    if (response.status < 200 || response.status > 599) {
      await response.body?.cancel();
      throw new UpstreamFailure('reset', `the upstream answered with status ${response.status}`);
    }
    const answer = answeredWith(response);
    if (lengthOf(answer.headers) > MAX_HEAD) {
      answer.body.discard();
      throw new UpstreamFailure('reset', 'the head of the answer is too long');
    }
    return answer;
  }

  async #dial(url: string, call: UpstreamCall, how: Omit<Handshake, 'headers'>): Promise<UpstreamResponse> {
    const { dial, sendsHost } = this.#runtime.webSocket;
    const host: [string, string] = [sendsHost ? 'host' : 'x-forwarded-host', call.authority];
    const own = [...call.headers].filter(
      ([name]) => !OF_THE_CONNECTION.has(name) && !OF_THE_HANDSHAKE.has(name) && name !== host[0],
    );
    try {
      return await dial(url, { ...how, headers: [host, ...own] });
    } catch (error) {
      if (error instanceof UpstreamFailure) throw error;
      throw this.#failureOf(error, how.signal);
    }
  }

  #placeOf({ endpoint, port, target }: UpstreamCall): { fetch: FetchRuntime['fetch']; url: string } {
    if (endpoint.binding !== undefined) {
      const binding = this.#runtime.binding?.(endpoint.binding);
      if (binding === undefined) throw new UpstreamFailure('connect', `no service binding ${endpoint.binding} here`);
      return { fetch: (url, init) => binding.fetch(url, init), url: asWritten('http://service.binding', target) };
    }
    if (endpoint.url !== undefined) {
      return { fetch: this.#runtime.fetch, url: asWritten(endpoint.url.replace(/\/$/, ''), target) };
    }
    const { address = '' } = endpoint;
    const host = address.includes(':') ? `[${address}]` : address;
    return { fetch: this.#runtime.fetch, url: asWritten(`http://${host}:${port.targetPort ?? port.port}`, target) };
  }

  #headersOf({ headers: { flat }, authority }: UpstreamCall): HeaderList {
    const { sendsHost, identityFirst } = this.#runtime;
    const host = sendsHost ? 'host' : 'x-forwarded-host';
    const fields = identityFirst ? ['accept-encoding', 'identity', host, authority] : [host, authority];
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string;
      if (!OF_THE_CONNECTION.has(name) && name !== host) fields.push(name, flat[i + 1] as string);
    }
    return new HeaderList(fields);
  }

  #failureOf(error: unknown, signal: AbortSignal, streamed = false): UpstreamFailure {
    if (signal.aborted && signal.reason instanceof UpstreamFailure) return signal.reason;
    const words = error instanceof Error ? error.message : String(error);
    if (this.#runtime.isConnectError(error)) return new UpstreamFailure('connect', words);
    const callers = streamed ? this.#runtime.isCallersError(error) : 'no';
    if (callers === 'yes') return new UpstreamFailure('cancelled', 'the request body broke off');
    return new UpstreamFailure('reset', words, false, callers === 'unknown');
  }
}

/** What every URL reader leaves as it is: no escapes, nothing to escape, no segment that begins with a dot. */
const PLAIN = /^(?:\/(?!\.)[\w.~!$&'()*+,;=:@-]*)+$/;

/**
 * fetch reads a URL before it sends it, and what it reads is what it sends: a path that would change on the way has not
 * been authorised.
 * @throws Error when it would
 */
function asWritten(origin: string, target: string): string {
  const url = origin + target;
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  if (!PLAIN.test(path) && new URL(url).pathname !== path)
    throw new Error('the path is not in the form in which fetch sends it');
  return url;
}

/** An answer of fetch without what belongs to the connection that it came on. */
export const answeredWith = (response: Response): UpstreamResponse => ({
  status: response.status,
  headers: endToEndHeaders(response),
  body: new FetchedBody(response.body),
});

const lengthOf = ({ flat }: HeaderList): number => flat.reduce((sum, { length }) => sum + length, 0);

function endToEndHeaders(response: Response): HeaderList {
  const headers = headersOf(response.headers);
  const named = (headers.combined('connection') ?? '').split(',').map((name) => name.trim().toLowerCase());
  headers.deleteWhere((name) => OF_THE_CONNECTION.has(name) || OF_THE_HANDSHAKE.has(name) || named.includes(name));
  return headers;
}

async function keepSmall({ body }: UpstreamCall): Promise<void> {
  try {
    await body.buffer(SMALL_BODY);
  } catch {
    throw new UpstreamFailure('cancelled', 'the request body broke off', true);
  }
}

/** Methods that may arrive twice (RFC 9110 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);

/** The same body, but for methods that must not arrive twice in a form that can not be read twice. */
function sentOnce(method: string, body: ReturnType<typeof bodyOf>): ReturnType<typeof bodyOf> {
  if (body instanceof ReadableStream || IDEMPOTENT.has(method)) return body;
  return new ReadableStream({
    start: (stream) => {
      if (body !== null) stream.enqueue(body);
      stream.close();
    },
  });
}

function bodyOf({ body }: UpstreamCall): ReturnType<RequestBody['outgoing']> {
  if (body.empty) return null;
  if (body instanceof RequestBody) return body.outgoing();
  throw new TypeError('this transport sends bodies of its own entry only');
}
