import {
  type Background,
  Cancellation,
  type Connection,
  type Handle,
  type Reply,
  type ReplyEnd,
  type RequestHead,
} from '../../router/index.ts';
import { type WatchClient, watchAtOnce } from './client-watch.ts';
import { FetchedBody } from './fetch-transport.ts';
import type { GatewaySocket } from './gateway-socket.ts';
import { headersInit } from './headers-init.ts';
import { headersOf } from './headers-of.ts';
import { RequestBody } from './request-body.ts';
import { watchRevocation } from './revocation-watch.ts';

/**
 * Joins the client with the WebSocket of a service that the runtime's `dial` has opened.
 * @param ended to be called once, when it is over or the runtime no longer tells
 */
export type Accept = (reply: Reply, ended: (end: ReplyEnd) => void) => Response;

export interface AnswerOptions {
  /** Absent: from the start. */
  readonly watch?: WatchClient;
  /** Called again and again while an answer is open. */
  readonly awake?: () => void;
  /** Keeps work alive that goes on after the answer. */
  readonly keep?: Background;
}

const nothing = (): void => undefined;

/**
 * Serves one Web request. The request is recorded when its head goes out: from there the runtime passes the body on by
 * itself, and a stream of ours in between would cost more than all the rest.
 */
export async function answer(
  request: Request,
  handle: Handle,
  connection: Connection,
  accept: Accept,
  { watch = watchAtOnce, awake = nothing, keep = nothing }: AnswerOptions = {},
): Promise<Response> {
  const cancellation = new Cancellation();
  const client = watch(request, () => cancellation.cancel('client_closed'));
  const head = requestHead(request);
  // Bun closes a connection that says more than its handshake: the service must not see one of those.
  if (head.upgrade !== undefined) client.closely();
  const reply = await handle(head, new RequestBody(request), connection, cancellation);
  if (reply.status === 101) {
    const { body } = reply;
    // Deno takes the client for gone as soon as the handshake is answered: from there its ends decide.
    client.stop();
    cancellation.onCancel(() => typeof body === 'object' && body?.discard());
    return accept(reply, (end) => reply.finish(end));
  }
  const stream = endless(reply, request.method);
  if (stream !== undefined) {
    client.closely();
    return watched(reply, stream, cancellation, { awake, keep });
  }
  const response = responseOf(reply, request.method);
  client.stop();
  reply.finish({ outcome: cancellation.reason === 'client_closed' ? 'client_closed' : 'complete' });
  return response;
}

/** The body of an answer that does not say how long it is: it may never end. */
function endless({ status, headers, body }: Reply, method: string): ReadableStream | undefined {
  if (!(body instanceof FetchedBody) || body.stream === null || headers.has('content-length')) return undefined;
  return mayHaveBody(status, method) ? body.stream : undefined;
}

/** It is recorded when it ends, and until then it can be ended: when its caller is revoked. */
function watched(
  reply: Reply,
  stream: ReadableStream,
  cancellation: Cancellation,
  { awake, keep }: Required<Pick<AnswerOptions, 'awake' | 'keep'>>,
): Response {
  const { readable, writable } = new TransformStream();
  const stop = new AbortController();
  cancellation.onCancel((reason) => stop.abort(new Error(reason)));
  const settled = watchRevocation(reply, awake, () => cancellation.cancel('revoked'));
  // Else a runtime that ends a request with its client ends it before it is recorded.
  keep(
    stream
      .pipeTo(writable, { signal: stop.signal })
      .finally(settled)
      .then(
        () => reply.finish({ outcome: 'complete' }),
        () => reply.finish({ outcome: cancellation.reason === undefined ? 'upstream_reset' : 'client_closed' }),
      ),
  );
  return new Response(readable, { status: reply.status, headers: headersInit(reply.headers) });
}

/** Outside of TLS; a runtime that ends TLS itself tells by the scheme. */
export const connectionOf = (
  request: Request,
  remoteAddress: string,
  socket: Readonly<GatewaySocket> = {},
): Connection => ({
  ...socket,
  remoteAddress,
  protocol: 'http/1.1',
  tls: request.url.startsWith('https:'),
});

/** The target as the runtime gives it: raw on Deno and workerd, read as a URL on Bun. */
function requestHead(request: Request): RequestHead {
  const { url } = request;
  const start = url.indexOf('//') + 2;
  const end = pathStart(url, start);
  const inUrl = url.slice(start, end);
  const authority = request.headers.get('host') ?? inUrl;
  const path = url.slice(end);
  return {
    method: request.method,
    scheme: url.startsWith('https:') ? 'https' : 'http',
    authority,
    // A target in absolute form replaces Host in some runtimes: the screening has to see both.
    target: inUrl.toLowerCase() === authority.toLowerCase() ? path : url,
    headers: headersOf(request.headers),
    ...(offersWebSocket(request) && { upgrade: 'websocket' as const }),
  };
}

const offersWebSocket = ({ method, headers }: Request): boolean =>
  method === 'GET' && headers.get('upgrade')?.toLowerCase() === 'websocket';

function pathStart(url: string, from: number): number {
  const at = url.slice(from).search(/[/?#]/);
  return at < 0 ? url.length : from + at;
}

function responseOf({ status, headers, body }: Reply, method: string): Response {
  const hasNone = !mayHaveBody(status, method);
  const content = body instanceof FetchedBody ? body.stream : typeof body === 'string' ? body : null;
  if (hasNone && body instanceof FetchedBody) body.discard();
  return new Response(hasNone ? null : content, { status, headers: headersInit(headers) });
}

const mayHaveBody = (status: number, method: string): boolean =>
  method !== 'HEAD' && status !== 204 && status !== 205 && status !== 304;
