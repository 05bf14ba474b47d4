import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cancellation } from '../../router/cancellation.ts';
import { type Handle, HeaderList, type ReplyEnd, UpstreamFailure } from '../../router/index.ts';
import { HttpListener, listening } from './http-listener.ts';
import { UndiciTransport } from './undici-transport.ts';

/** A data plane without policies: every request goes to one upstream as it came. */
export interface Proxy {
  readonly port: number;
  readonly url: string;
  readonly ends: ReplyEnd[];
  /** Of the newest request. */
  cancellation: Cancellation | undefined;
  readonly listener: HttpListener;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param bufferUpTo keep bodies of at most so many bytes before they are sent */
export async function openProxy(upstreamPort: number, bufferUpTo = 0): Promise<Proxy> {
  const transport = new UndiciTransport();
  const ends: ReplyEnd[] = [];
  const handle: Handle = async (request, body, _connection, cancellation) => {
    proxy.cancellation = cancellation;
    const finish = (end: ReplyEnd): void => void ends.push(end);
    if (bufferUpTo > 0) await body.buffer(bufferUpTo);
    try {
      const call = {
        endpoint: { id: 'only', address: '127.0.0.1', weight: 1 },
        port: { port: upstreamPort },
        method: request.method,
        authority: request.authority,
        target: request.target,
        headers: withoutHost(request.headers),
        body,
      };
      return { ...(await transport.send(call, cancellation)), finish };
    } catch (error) {
      if (!(error instanceof UpstreamFailure)) throw error;
      const headers = HeaderList.from([['x-failure', `${error.kind} ${error.unprocessed}`]]);
      return { status: 502, headers, body: 'failed', finish };
    }
  };
  const listener = await HttpListener.open({ host: '127.0.0.1', port: 0, handle, socket: {}, log: () => undefined });
  const proxy: Proxy = {
    port: listener.port,
    url: `http://127.0.0.1:${listener.port}`,
    ends,
    cancellation: undefined,
    listener,
    [Symbol.asyncDispose]: async () => {
      await listener.drain(0);
      await transport.close();
    },
  };
  return proxy;
}

function withoutHost(headers: HeaderList): HeaderList {
  const copy = headers.copy();
  copy.delete('host');
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
