import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';

export const ZIPPED = gzipSync('hello '.repeat(2_000));

/** What `/echo` saw. */
export interface Echo {
  readonly from: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly bytes: number;
}

/** A real service: what it does is asked for by the path's last segment. */
export class Upstream {
  readonly name: string;
  readonly port: number;
  /** Connections so far. */
  connections = 0;
  /** Requests so far by `x-test`. */
  readonly seen = new Map<string, number>();
  /** `x-test` of requests whose client went away before they were answered. */
  readonly abandoned = new Set<string>();
  readonly #server: Server;
  readonly #held = new Map<string, ServerResponse>();

  private constructor(name: string, server: Server) {
    this.name = name;
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', () => this.connections++);
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(name: string): Promise<Upstream> {
    const server = createServer({ keepAliveTimeout: 30_000 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Upstream(name, server);
  }

  /** Lets a held answer (`/hold`, `/sse`) go on, or end. */
  release(test: string, text: string, last: boolean): void {
    const response = this.#held.get(test);
    response?.write(text);
    if (last) response?.end();
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url as string, 'http://upstream');
    const test = String(request.headers['x-test'] ?? '');
    const nth = (this.seen.get(test) ?? 0) + 1;
    this.seen.set(test, nth);
    request.on('error', () => undefined);
    response.on('close', () => response.writableFinished || this.abandoned.add(test));
    const act = ACTS[url.pathname.split('/').at(-1) as string] ?? ACTS.echo;
    await act?.({ request, response, url, nth, hold: () => void this.#held.set(test, response), name: this.name });
  }
}

interface Act {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** 1 for the first request of a test. */
  readonly nth: number;
  readonly name: string;
  hold(): void;
}

const ACTS: Record<string, (act: Act) => unknown> = {
  echo: async ({ request, response, name }) => {
    const bytes = await count(request);
    const { method, url, headers } = request;
    response.setHeader('content-type', 'application/json').setHeader('x-upstream', name);
    response.setHeader('set-cookie', ['a=1', 'b=2']).end(JSON.stringify({ from: name, method, url, headers, bytes }));
  },
  moved: ({ response }) => response.writeHead(302, { location: 'http://elsewhere.example/' }).end(),
  never: () => undefined,
  hold: ({ response, hold }) => {
    response.writeHead(200, { 'content-type': 'text/plain' }).write('first;');
    hold();
  },
  sse: ({ response, hold }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    hold();
  },
  flaky: async ({ request, response, nth }) => {
    const bytes = await count(request);
    response.writeHead(nth === 1 ? 503 : 200).end(`try ${nth} of ${bytes} bytes`);
  },
  reset: ({ request }) => request.socket.destroy(),
  trailers: ({ response }) => {
    response.writeHead(200, { trailer: 'x-checksum' }).write('whole');
    response.addTrailers({ 'x-checksum': 'abc' });
    response.end();
  },
  gzip: ({ response }) =>
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': ZIPPED.length }).end(ZIPPED),
  mirror: ({ request, response }) => request.pipe(response.writeHead(200)),
  download: ({ response, url }) =>
    pipeline(zeros(Number(url.searchParams.get('bytes'))), response.writeHead(200)).catch(() => undefined),
};

function* zeros(bytes: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024);
  for (let left = bytes; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
}

async function count(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of request) bytes += (chunk as Buffer).length;
  return bytes;
}
