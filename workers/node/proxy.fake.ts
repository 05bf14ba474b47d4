import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cancellation } from '../../router/cancellation.ts';
import {
  type Connection,
  type Handle,
  HeaderList,
  type ReplyEnd,
  type RequestHead,
  UpstreamFailure,
} from '../../router/index.ts';
import { isConnectionHeader } from './connection-headers.ts';
import { HttpListener, listening } from './http-listener.ts';
import { NodeTransport } from './node-transport.ts';
import type { ServerNames } from './server-names.ts';

/** A data plane without policies: every request goes to one upstream as it came. */
export interface Proxy {
  readonly port: number;
  readonly url: string;
  readonly ends: ReplyEnd[];
  readonly requests: { readonly head: RequestHead; readonly connection: Connection }[];
  /** Of the newest request. */
  cancellation: Cancellation | undefined;
  readonly listener: HttpListener;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ProxyOptions {
  /** Keep bodies of at most so many bytes before they are sent. */
  readonly bufferUpTo?: number;
  readonly appProtocol?: string;
  readonly tls?: ServerNames;
  readonly headTime?: number;
}

export async function openProxy(upstreamPort: number, options: ProxyOptions = {}): Promise<Proxy> {
  const { bufferUpTo = 0, appProtocol, tls, headTime } = options;
  const transport = new NodeTransport();
  const ends: ReplyEnd[] = [];
  const handle: Handle = async (request, body, connection, cancellation) => {
    proxy.requests.push({ head: request, connection });
    proxy.cancellation = cancellation;
    const finish = (end: ReplyEnd): void => void ends.push(end);
    if (bufferUpTo > 0) await body.buffer(bufferUpTo);
    try {
      const call = {
        endpoint: { id: 'only', address: '127.0.0.1', weight: 1 },
        port: { port: upstreamPort, ...(appProtocol && { appProtocol }) },
        method: request.method,
        authority: request.authority,
        target: request.target,
        headers: withoutHost(request.headers),
        body,
        ...(request.upgrade && { upgrade: request.upgrade }),
      };
      return { ...(await transport.send(call, cancellation)), finish };
    } catch (error) {
      if (!(error instanceof UpstreamFailure)) throw error;
      const headers = HeaderList.from([['x-failure', `${error.kind} ${error.unprocessed}`]]);
      return { status: 502, headers, body: 'failed', finish };
    }
  };
  const listener = await HttpListener.open({
    host: '127.0.0.1',
    port: 0,
    handle,
    socket: {},
    log: () => undefined,
    ...(tls && { tls }),
    ...(headTime !== undefined && { headTime }),
  });
  const proxy: Proxy = {
    port: listener.port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${listener.port}`,
    ends,
    requests: [],
    cancellation: undefined,
    listener,
    [Symbol.asyncDispose]: async () => {
      await listener.drain(0);
      await transport.close();
    },
  };
  return proxy;
}

/** As screening leaves them: what speaks of the connection is gone. */
function withoutHost(headers: HeaderList): HeaderList {
  const copy = headers.copy();
  copy.deleteWhere((name) => name === 'host' || isConnectionHeader(name));
  return copy;
}

/** A real server of node:http on a free port of loopback. */
export async function openUpstream(
  serve: RequestListener,
): Promise<AsyncDisposable & { port: number; server: Server }> {
  const server = createServer(serve);
  await listening(server, '127.0.0.1', 0);
  return {
    server,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
