import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { encodeCommand, NotResp, type Reply, ReplyReader, ServerError } from './resp.ts';

/** Where a server is, and who says so. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}

/** Commands that wait for their answers; one more is refused at once. */
export const MAX_WAITING = 1_024;
/** Who has waited so long for the oldest answer will get none: milliseconds. */
const STUCK = 1_000;
/** First and longest wait before another connection is tried, milliseconds. */
const BACK_OFF = { base: 100, max: 5_000 };

interface Waiting {
  readonly since: number;
  /** It introduces us: the command. */
  readonly greeting?: string | undefined;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One connection to a Redis server, made when it is first needed and again after it was lost. Commands go out at once and
 * are answered in their order. No rejection tells the password.
 */
export class RedisConnection {
  readonly #address: RedisAddress;
  readonly #random: () => number;
  #socket: Socket | undefined;
  #waiting: Waiting[] = [];
  #failures = 0;
  #retryAt = 0;
  #why = 'not connected yet';

  /** @param random uniform in [0, 1), for the waits between connections */
  constructor(address: RedisAddress, random: () => number) {
    this.#address = address;
    this.#random = random;
  }

  /** @throws Error when it can not be asked; ServerError when that is the answer */
  async send(words: readonly string[]): Promise<Reply> {
    const now = performance.now();
    const oldest = this.#waiting[0];
    if (oldest !== undefined && now - oldest.since > STUCK) this.#lose('it does not answer');
    if (this.#socket === undefined && now >= this.#retryAt) this.#connect();
    const socket = this.#socket;
    if (socket === undefined) throw new Error(`the Redis server can not be asked: ${this.#why}`);
    if (this.#waiting.length >= MAX_WAITING) throw new Error('too many commands wait for the Redis server');
    const reply = await this.#write(socket, words);
    if (reply instanceof ServerError) throw reply;
    return reply;
  }

  /** What waits is rejected. The next command connects again. */
  close(): void {
    this.#lose('it was closed');
    this.#retryAt = 0;
  }

  #write(socket: Socket, words: readonly string[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ since: performance.now(), resolve, reject });
      socket.write(encodeCommand(words));
    });
  }

  #connect(): void {
    const { host, port, tls } = this.#address;
    const socket = tls ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
    const reader = new ReplyReader();
    const lose = (why: string): void => {
      if (this.#socket === socket) this.#lose(why);
    };
    socket.setNoDelay(true);
    // A connection alone keeps no program running.
    socket.unref();
    socket.on('data', (bytes: Uint8Array) => this.#answered(socket, reader, bytes));
    socket.on('error', (error: Error & { code?: string }) => lose(error.code ?? 'the connection broke off'));
    socket.on('close', () => lose('the connection was closed'));
    this.#socket = socket;
    this.#greet(socket);
  }

  /** Goes out before the command that waits for the connection: a server that does not know us answers neither. */
  #greet(socket: Socket): void {
    const { username, password, database } = this.#address;
    const greetings = [
      ...(password === undefined ? [] : [['AUTH', ...(username ? [username] : []), password]]),
      ...(database === 0 ? [] : [['SELECT', String(database)]]),
    ];
    const nobody = (): void => {};
    for (const words of greetings) {
      this.#waiting.push({ since: performance.now(), greeting: words[0], resolve: nobody, reject: nobody });
      socket.write(encodeCommand(words));
    }
  }

  #answered(socket: Socket, reader: ReplyReader, bytes: Uint8Array): void {
    if (this.#socket !== socket) return;
    try {
      for (const reply of reader.push(bytes)) {
        const first = this.#waiting.shift();
        if (first === undefined) throw new NotResp('an answer came that nobody waits for');
        // Not in the server's words: of a command that it does not know it repeats the password.
        if (first.greeting === undefined) this.#failures = 0;
        else if (reply instanceof ServerError) throw new NotResp(`it refuses ${first.greeting}`);
        first.resolve(reply);
      }
    } catch (error) {
      this.#lose(error instanceof NotResp ? error.message : 'its answer can not be read');
    }
  }

  #lose(why: string): void {
    const waiting = this.#waiting;
    const { base, max } = BACK_OFF;
    const longest = Math.min(max, base * 2 ** this.#failures++);
    this.#retryAt = performance.now() + longest * (0.5 + this.#random() / 2);
    this.#why = why;
    this.#waiting = [];
    this.#socket?.destroy();
    this.#socket = undefined;
    for (const { reject } of waiting) reject(new Error(`the Redis server can not be asked: ${why}`));
  }
}
