import { type UpstreamBody, UpstreamFailure } from '../../router/index.ts';
import type { Accept } from '../fetch/answer.ts';
import { answeredWith } from '../fetch/fetch-transport.ts';
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

/** Its end is not told of: the WebSocket is recorded when it begins. */
export const accept: Accept = ({ headers, body }, ended) => {
  if (!(body instanceof UpgradedBody)) throw new TypeError('this entry joins WebSockets of its own runtime only');
  ended({ outcome: 'complete' });
  return new Response(null, { status: 101, headers: [...headers], webSocket: body.socket });
};
