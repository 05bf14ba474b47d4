import { type Reply, type ReplyEnd, type UpstreamBody, UpstreamFailure } from '../../router/index.ts';
import { Bridge, type SocketEnd, type SocketMessage } from '../fetch/bridge.ts';
import { mayBeSaid } from '../fetch/dial.ts';
import { answeredWith } from '../fetch/fetch-transport.ts';
import { watchRevocation } from '../fetch/revocation-watch.ts';
import type { FetchRuntime } from '../fetch/runtime.ts';

/** A service's WebSocket, which the runtime joins with the client's by itself. */
class UpgradedBody implements UpstreamBody {
  readonly socket: WebSocket;

  constructor(socket: WebSocket) {
    this.socket = socket;
  }

  discard(): void {
    this.socket.accept();
    this.socket.close(1001);
  }
}

/** fetch itself asks for WebSockets here. */
export const dial: FetchRuntime['webSocket']['dial'] = async (url, { headers, signal, fetch }) => {
  const init: RequestInit = {
    headers: [...headers, ['upgrade', 'websocket']].map(([a = '', b = '']) => [a, b]),
    signal,
  };
  const response = await fetch(url, { ...init, redirect: 'manual', cache: 'no-store' });
  const answer = answeredWith(response);
  if (response.status !== 101) return answer;
  if (!response.webSocket) throw new UpstreamFailure('reset', 'the service switched to something else than WebSocket');
  return { ...answer, body: new UpgradedBody(response.webSocket) };
};

/**
 * The runtime joins both ends by itself and does not tell when that is over; only a WebSocket that has to end when its
 * caller is revoked goes through this program.
 */
export function accept(reply: Reply, ended: (end: ReplyEnd) => void, awake: () => void): Response {
  const { headers, body } = reply;
  if (!(body instanceof UpgradedBody)) throw new TypeError('this entry joins WebSockets of its own runtime only');
  const watchedEnd = reply.isRevoked === undefined ? undefined : bridged(reply, body.socket, ended, awake);
  if (watchedEnd === undefined) ended({ outcome: 'complete' });
  return new Response(null, { status: 101, headers: [...headers], webSocket: watchedEnd ?? body.socket });
}

/** @returns the end for the client */
function bridged(reply: Reply, upstream: WebSocket, ended: (end: ReplyEnd) => void, awake: () => void): WebSocket {
  const { 0: outer, 1: inner } = new WebSocketPair();
  const bridge = new Bridge(endOf(upstream));
  const settled = watchRevocation(reply, awake, () => bridge.discard());
  for (const socket of [inner, upstream]) {
    socket.accept();
    socket.binaryType = 'arraybuffer';
  }
  bridge.join(endOf(inner), (end) => {
    settled();
    ended(end);
  });
  inner.addEventListener('message', ({ data }) => bridge.fromClient(data as SocketMessage));
  inner.addEventListener('close', ({ code, reason }) => bridge.clientClosed(code, reason));
  upstream.addEventListener('message', ({ data }) => bridge.fromUpstream(data as SocketMessage));
  upstream.addEventListener('close', ({ code, reason }) => bridge.upstreamClosed(code, reason));
  return outer;
}

const endOf = (socket: WebSocket): SocketEnd => ({
  send: (message) => socket.send(message),
  close: (code, reason) => {
    if (mayBeSaid(code)) socket.close(code, reason);
    else socket.close();
  },
  // The runtime does not say what waits.
  buffered: () => 0,
});
