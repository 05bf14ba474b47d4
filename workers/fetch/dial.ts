import { HeaderList, UpstreamFailure, type UpstreamResponse } from '../../router/index.ts';
import { Bridge, type SocketEnd, type SocketMessage } from './bridge.ts';
import type { Handshake } from './runtime.ts';

/** The client side of WebSocket on Deno and Bun: the Web's own, with headers. */
export interface DialledSocket {
  binaryType: string;
  readonly protocol: string;
  readonly bufferedAmount: number;
  send(message: SocketMessage): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: string, listener: (event: SocketEvent) => void): void;
}

/** Members of the events that a WebSocket fires. */
export interface SocketEvent {
  readonly data?: SocketMessage;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
}

export interface DialOptions {
  readonly protocols: string[];
  readonly headers: Record<string, string>;
}

/** Opens a WebSocket, with `ws:` in place of `http:` in its URL. */
export type OpenSocket = (url: string, options: DialOptions) => DialledSocket;

const NO_STATUS = 1005;
const ABNORMAL = 1006;

/**
 * Asks a service for a WebSocket. A service that answers otherwise is known by its status alone: these clients keep the
 * head and the body of such an answer to themselves.
 * @throws UpstreamFailure
 */
export function dial(
  open: OpenSocket,
  url: string,
  { headers, signal }: Omit<Handshake, 'fetch'>,
): Promise<UpstreamResponse> {
  return new Promise((resolve, reject) => {
    const offered = headers.find(([name]) => name === 'sec-websocket-protocol')?.[1] ?? '';
    const protocols = offered.split(',').flatMap((name) => name.trim() || []);
    const rest = headers.filter(([name]) => !name.startsWith('sec-websocket-'));
    const socket = open(url.replace(/^http/, 'ws'), { protocols, headers: combined(rest) });
    socket.binaryType = 'arraybuffer';
    const bridge = new Bridge(endOf(socket));
    let decided = false;
    signal.addEventListener('abort', () => {
      reject(signal.reason);
      // Once it is open, its ends decide.
      if (!decided) bridge.discard();
    });
    socket.addEventListener('open', () => {
      decided = true;
      const chosen: [string, string][] = socket.protocol === '' ? [] : [['sec-websocket-protocol', socket.protocol]];
      resolve({ status: 101, headers: HeaderList.from(chosen), body: bridge });
    });
    socket.addEventListener('message', ({ data }) => data !== undefined && bridge.fromUpstream(data));
    socket.addEventListener('close', ({ code, reason }) => bridge.upstreamClosed(code || ABNORMAL, reason ?? ''));
    socket.addEventListener('error', ({ message = '' }) => {
      const status = Number(/status code: (\d{3})$/.exec(message)?.[1]);
      if (status >= 200 && status <= 599) resolve({ status, headers: new HeaderList(), body: NOTHING });
      else reject(new UpstreamFailure('reset', message || 'the service gave no WebSocket'));
    });
  });
}

const NOTHING = { discard: (): void => undefined };

/** The Web lets a program say 1000 and 3000..4999 and no other code (WebSockets Standard, close). */
export function endOf(socket: DialledSocket): SocketEnd {
  return {
    send: (message) => socket.send(message),
    close: (code, reason) => {
      if (code === 1000 || (code >= 3000 && code <= 4999)) socket.close(code, reason);
      else socket.close();
    },
    buffered: () => socket.bufferedAmount,
  };
}

/** Whether a code may stand in a close frame; the others only say that there was none. */
export const mayBeSaid = (code: number): boolean => code !== NO_STATUS && code !== ABNORMAL && code !== 1015;

function combined(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of pairs) headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  return headers;
}
