import type { Reply, ReplyEnd } from '../../router/index.ts';
import { Bridge } from '../fetch/bridge.ts';
import { endOf } from '../fetch/dial.ts';

const ABNORMAL = 1006;

/** Joins the client that sent `request` with the service's WebSocket that the reply holds. */
export function accept(request: Request, { headers, body }: Reply, ended: (end: ReplyEnd) => void): Response {
  if (!(body instanceof Bridge)) throw new TypeError('this entry joins WebSockets of its own runtime only');
  const protocol = headers.get('sec-websocket-protocol');
  const { socket, response } = Deno.upgradeWebSocket(request, protocol === undefined ? {} : { protocol });
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('open', () => body.join(endOf(socket), ended));
  socket.addEventListener('message', ({ data }) => data !== undefined && body.fromClient(data));
  socket.addEventListener('close', ({ code, reason }) => body.clientClosed(code || ABNORMAL, reason ?? ''));
  for (const [name, value] of headers) if (name !== 'sec-websocket-protocol') response.headers.append(name, value);
  return response;
}
