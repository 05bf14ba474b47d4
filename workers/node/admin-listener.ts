import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { socketError, urlOf } from './addresses.ts';
import { listening } from './http-listener.ts';

type Fetch = (request: Request) => Promise<Response>;

/** The socket of the admin API. It opens before the store does, because the store has to know its own URL. */
export class AdminListener {
  readonly url: string;
  readonly #server: Server;
  #fetch: Fetch = async () => new Response('starting\n', { status: 503, headers: { 'retry-after': '1' } });

  private constructor(server: Server, host: string) {
    this.#server = server;
    this.url = urlOf(host, (server.address() as AddressInfo).port);
    server.on(
      'request',
      getRequestListener((request) => this.#fetch(request), { overrideGlobalObjects: false }),
    );
  }

  /** @throws StartError */
  static async open(host: string, port: number): Promise<AdminListener> {
    const server = createServer({ maxHeaderSize: 16 * 1024, headersTimeout: 15_000, requestTimeout: 60_000 });
    try {
      await listening(server, host, port);
    } catch (error) {
      throw socketError(error, host, port, '--admin-port');
    }
    return new AdminListener(server, host);
  }

  serve(fetch: Fetch): void {
    this.#fetch = fetch;
  }

  /** @param endWaiting ends the long polls, which nothing else would end */
  async close(endWaiting: () => Promise<void>): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await endWaiting();
    this.#server.closeAllConnections();
    await closed;
  }
}
