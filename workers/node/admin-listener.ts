import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { socketError, urlOf } from './addresses.ts';
import { listening } from './http-listener.ts';
import { Timer } from './timer.ts';

/** How long the answers to what is done may take to be written when the program stops, milliseconds. */
const LAST_ANSWERS = 2_000;

const PROBLEM = { 'content-type': 'application/problem+json', 'retry-after': '1' };
const STOPPING = {
  type: '/docs/errors.md#admin-api',
  title: 'The store is stopping',
  status: 503,
  code: 'store_closing',
  detail: 'The store is stopping. What it is asked until then it does.',
};

type Fetch = (request: Request) => Promise<Response>;

/** The socket of the admin API. It opens before the store does, because the store has to know its own URL. */
export class AdminListener {
  readonly url: string;
  readonly #server: Server;
  readonly #responses = new Set<ServerResponse>();
  #leaving = false;
  #fetch: Fetch = async () => new Response('starting\n', { status: 503, headers: { 'retry-after': '1' } });

  private constructor(server: Server, host: string) {
    this.#server = server;
    this.url = urlOf(host, (server.address() as AddressInfo).port);
    server.on('request', (_request, response) => {
      this.#responses.add(response);
      response.once('close', () => this.#responses.delete(response));
      if (this.#leaving) response.shouldKeepAlive = false;
    });
    server.on(
      'request',
      getRequestListener((request) => this.#answer(request), { overrideGlobalObjects: false }),
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

  /** It is not ready any more, and every answer is the last one on its connection. All is still served. */
  leave(): void {
    this.#leaving = true;
    for (const response of this.#responses) if (!response.headersSent) response.shouldKeepAlive = false;
  }

  /** @param endWaiting ends the long polls, which nothing else would end, and resolves when all that was begun is done */
  async close(endWaiting: () => Promise<void>): Promise<void> {
    this.leave();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await endWaiting();
    // What was done has to be heard of as well.
    const lastAnswers = new Timer(LAST_ANSWERS);
    await Promise.race([closed, lastAnswers.over]);
    lastAnswers.stop();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: Request): Promise<Response> {
    if (this.#leaving && new URL(request.url).pathname === '/readyz') {
      return Promise.resolve(Response.json(STOPPING, { status: 503, headers: PROBLEM }));
    }
    return this.#fetch(request);
  }
}
