import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface WireAnswer {
  readonly status: number;
  /** The head as it came, names in lower case. */
  readonly head: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** What became of a request: an answer, the end of the connection without one, or nothing for as long as we wait. */
export type Outcome = WireAnswer | 'closed' | 'silent';

/** Longest wait for an answer, milliseconds. */
const PATIENCE = 3_000;

/** One connection on which any bytes whatever can be sent, and answers are read one by one. */
export class Wire {
  readonly #socket: Socket;
  #received = '';
  #closed = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#received += chunk.toString('latin1');
      this.#wake();
    });
    socket.on('error', () => undefined);
    const over = (): void => {
      this.#closed = true;
      this.#wake();
    };
    socket.on('end', over).on('close', over);
  }

  static async open(url: string): Promise<Wire> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const wire = new Wire(socket);
    await once(socket, 'connect');
    return wire;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @param text one character a byte */
  send(text: string): void {
    if (!this.#closed) this.#socket.write(text, 'latin1');
  }

  /** The next final answer. @param patience milliseconds */
  async answer(method = 'GET', patience = PATIENCE): Promise<Outcome> {
    const until = Date.now() + patience;
    for (;;) {
      const answer = this.#take(method);
      if (answer !== undefined) return answer;
      if (this.#closed) return 'closed';
      const left = until - Date.now();
      if (left <= 0) return 'silent';
      await this.#woken(left);
    }
  }

  end(): void {
    this.#socket.destroy();
    this.#closed = true;
  }

  #woken(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #take(method: string): WireAnswer | undefined {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const head = this.#received.slice(0, end);
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? Number.NaN);
    const rest = this.#received.slice(end + 4);
    if (status >= 100 && status < 200 && status !== 101) {
      this.#received = rest;
      return this.#take(method);
    }
    const headers = headersOf(head);
    const body = this.#bodyOf(rest, status, headers, method);
    if (body === undefined) return undefined;
    this.#received = rest.slice(body.taken);
    return { status, head: head.toLowerCase(), headers, body: body.text };
  }

  #bodyOf(
    rest: string,
    status: number,
    headers: ReadonlyMap<string, string>,
    method: string,
  ): { text: string; taken: number } | undefined {
    if (method === 'HEAD' || status === 204 || status === 304 || status === 101) return { text: '', taken: 0 };
    if (headers.get('transfer-encoding')?.includes('chunked')) return unchunked(rest);
    const length = headers.get('content-length');
    if (length === undefined) return this.#closed ? { text: rest, taken: rest.length } : undefined;
    const bytes = Number(length);
    return rest.length < bytes && !this.#closed ? undefined : { text: rest.slice(0, bytes), taken: bytes };
  }
}

/** Values of one name are joined by a comma. */
function headersOf(head: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

/** Undefined while its end is not there. */
function unchunked(rest: string): { text: string; taken: number } | undefined {
  let text = '';
  let at = 0;
  for (;;) {
    const line = rest.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(rest.slice(at, line), 16);
    const next = line + 2 + size + 2;
    if (rest.length < next) return undefined;
    text += rest.slice(line + 2, line + 2 + size);
    at = next;
    if (size === 0) return { text, taken: at };
  }
}
