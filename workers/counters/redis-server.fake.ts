import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { takeFrom } from '../../router/resilience/token-bucket.ts';

export interface DoubleOptions {
  readonly password?: string;
  /** Says this in place of every answer to a script; nothing: it stays silent. */
  readonly says?: (words: readonly string[]) => string | undefined;
}

/**
 * As much of Redis as our client speaks to, on a real socket: AUTH, SELECT, EVAL and EVALSHA. It runs no Lua: in place
 * of the script it does what the script is to do.
 */
export class RedisDouble {
  readonly commands: (readonly string[])[] = [];
  readonly sockets = new Set<Socket>();
  /** Takes commands and answers none, as a process does that was stopped. */
  silent = false;
  readonly #server: Server;
  readonly #options: DoubleOptions;
  readonly #fullAt = new Map<string, number>();
  readonly #scripts = new Set<string>();

  private constructor(options: DoubleOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** @param port 0: any free one */
  static async start(options: DoubleOptions = {}, port = 0): Promise<RedisDouble> {
    const double = new RedisDouble(options);
    double.#server.listen(port, '127.0.0.1');
    await once(double.#server, 'listening');
    return double;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Breaks all connections off and takes no more. */
  stop(): void {
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    let text = '';
    const session = { known: this.#options.password === undefined };
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket)).on('error', () => socket.destroy());
    socket.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      for (let next = wordsOf(text); next !== undefined; next = wordsOf(text)) {
        text = text.slice(next.length);
        this.commands.push(next.words);
        const answer = this.#answer(next.words, session);
        if (answer !== undefined && !this.silent) socket.write(answer);
      }
    });
  }

  #answer(words: readonly string[], session: { known: boolean }): string | undefined {
    const [command = '', ...rest] = words;
    if (command === 'AUTH') {
      session.known = rest.at(-1) === this.#options.password;
      return session.known ? '+OK\r\n' : '-WRONGPASS invalid username-password pair or user is disabled.\r\n';
    }
    if (!session.known) return '-NOAUTH Authentication required.\r\n';
    if (command === 'SELECT') return '+OK\r\n';
    if (this.#options.says) return this.#options.says(words);
    if (command === 'EVALSHA' && this.#scripts.size === 0) return '-NOSCRIPT No matching script. Please use EVAL.\r\n';
    if (command === 'EVAL') this.#scripts.add(rest[0] as string);
    return command.startsWith('EVAL') ? this.#take(rest.slice(2)) : `-ERR unknown command '${command}'\r\n`;
  }

  #take([key = '', cost, requests, window, burst]: readonly string[]): string {
    const size = { requests: Number(requests), window: Number(window), burst: Number(burst) };
    const now = performance.now();
    const { allowed, fullAt } = takeFrom(this.#fullAt.get(key) ?? 0, Number(cost), size, now);
    this.#fullAt.set(key, fullAt);
    const left = Math.max(0, fullAt - now).toFixed(3);
    return `*2\r\n:${allowed ? 1 : 0}\r\n$${left.length}\r\n${left}\r\n`;
  }
}

/** The first command, when it is whole. Tests send no text that is longer in bytes than in characters. */
function wordsOf(text: string): { words: readonly string[]; length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return undefined;
  const words: string[] = [];
  let at = head[0].length;
  while (words.length < Number(head[1])) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (size === null) return undefined;
    const start = at + size[0].length;
    const end = start + Number(size[1]);
    if (text.length < end + 2) return undefined;
    words.push(text.slice(start, end));
    at = end + 2;
  }
  return { words, length: at };
}
