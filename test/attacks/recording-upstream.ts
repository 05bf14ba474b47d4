import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A request as the service behind the mesh got it. */
export interface Recorded {
  readonly method: string;
  /** The request target, byte for byte. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: readonly (readonly [string, string])[];
  body: string;
  /** Its end came, too. */
  complete: boolean;
}

/** Of how many bytes of each connection a record is kept. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * A service that believes everything and writes down every byte that it gets: what is not in `bytes` never arrived. It
 * reads HTTP as loosely as node can, so that a smuggled request would be served.
 */
export class RecordingUpstream {
  readonly port: number;
  readonly requests: Recorded[] = [];
  readonly #connections: { text: string }[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #held = new Map<string, () => void>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(): Promise<RecordingUpstream> {
    const http = createHttpServer({ insecureHTTPParser: true, keepAliveTimeout: 30_000, requireHostHeader: false });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const upstream = new RecordingUpstream(server);
    http.on('request', (request, response) => void upstream.#serve(request, response));
    http.on('clientError', (_error, socket) => socket.destroy());
    server.on('connection', (socket) => {
      upstream.#sockets.add(socket);
      const kept = { text: '' };
      upstream.#connections.push(kept);
      http.emit('connection', socket);
      // After node has taken the socket: a listener for its bytes makes the parser let go of the handle.
      socket.on('data', (chunk) => {
        if (kept.text.length < MOST_BYTES) kept.text += chunk.toString('latin1');
      });
      socket.on('error', () => undefined).on('close', () => upstream.#sockets.delete(socket));
    });
    return upstream;
  }

  /** Whether these bytes ever arrived, wherever in a request. */
  got(text: string): boolean {
    return this.#connections.some((connection) => connection.text.includes(text));
  }

  /** The requests that carry this `x-test`. */
  of(test: string): Recorded[] {
    return this.requests.filter(({ headers }) => headers.some(([name, value]) => name === 'x-test' && value === test));
  }

  /** Lets the answer to a request for `/held` go. */
  release(test: string): void {
    this.#held.get(test)?.();
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', rawHeaders } = request;
    const headers: [string, string][] = [];
    for (let i = 0; i < rawHeaders.length; i += 2) {
      headers.push([(rawHeaders[i] as string).toLowerCase(), rawHeaders[i + 1] as string]);
    }
    const recorded: Recorded = { method, target: url, headers, body: '', complete: false };
    this.requests.push(recorded);
    request.on('error', () => undefined);
    try {
      for await (const chunk of request) recorded.body += (chunk as Buffer).toString('latin1');
    } catch {
      return;
    }
    recorded.complete = request.complete;
    const test = testOf(recorded);
    if (url.includes('/held')) await new Promise<void>((resolve) => this.#held.set(test, resolve));
    answer(recorded, response);
  }
}

const testOf = ({ headers }: Recorded): string => headers.find(([name]) => name === 'x-test')?.[1] ?? '';

/** What it says is who asked, so that an answer that reaches the wrong caller is seen. */
function answer(recorded: Recorded, response: ServerResponse): void {
  const { target } = recorded;
  if (target.endsWith('/leaky')) {
    response.setHeader('Mesh-Call', 'leak').setHeader('Mesh-Decision-Id', 'leak').setHeader('X-Mesh-A', 'leak');
    response.setHeader('Workload-Identity-Token', 'leak').setHeader('Workload-Proof-Token', 'leak');
    response.setHeader('Mesh-Reason', 'leak').setHeader('Mesh-Revision', 'leak').setHeader('Mesh-Parent-Call', 'leak');
  }
  if (/\/moved\b/.test(target)) {
    response.statusCode = 302;
    response.setHeader('Location', `http://127.0.0.1:${response.socket?.localPort}/followed`);
  }
  response.end(JSON.stringify({ test: testOf(recorded), target }));
}
