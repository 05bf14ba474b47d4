import type { Reply, ReplyEnd } from '../../router/index.ts';
import { Bridge, type SocketMessage } from '../fetch/bridge.ts';
import { mayBeSaid } from '../fetch/dial.ts';

/** What a client's WebSocket carries through the runtime. */
export interface Joined {
  readonly bridge: Bridge;
  readonly ended: (end: ReplyEnd) => void;
}

/**
 * Joins the client that sent `request` with the service's WebSocket that the reply holds.
 * @returns what Bun does not read: it has answered by itself
 */
export function accept(
  server: BunServer,
  request: Request,
  { headers, body }: Reply,
  ended: (end: ReplyEnd) => void,
): Response {
  if (!(body instanceof Bridge)) throw new TypeError('this entry joins WebSockets of its own runtime only');
  const data: Joined = { bridge: body, ended };
  if (server.upgrade(request, { headers: new Headers([...headers]), data })) return undefined as unknown as Response;
  body.discard();
  ended({ outcome: 'client_closed' });
  return new Response(null, { status: 400 });
}

/** What Bun calls for every WebSocket of its clients. */
export const websocket: BunWebSocketEvents<Joined> = {
  // As long as the service will say.
  maxPayloadLength: 64 * 1024 * 1024,
  open: (socket) => {
    const { bridge, ended } = socket.data;
    const end = {
      send: (message: SocketMessage) => void socket.send(message),
      close: (code: number, reason: string) => (mayBeSaid(code) ? socket.close(code, reason) : socket.terminate()),
      buffered: () => socket.getBufferedAmount(),
    };
    bridge.join(end, ended);
  },
  message: (socket, message) => socket.data.bridge.fromClient(message),
  close: (socket, code, reason) => socket.data.bridge.clientClosed(code, reason),
};
