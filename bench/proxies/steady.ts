import { connect, type Socket } from 'node:net';
import { percentile } from '../rows.ts';

/**
 * A load of a fixed rate by a process that never sleeps meanwhile, so that what it measures is the answer and not its own
 * waking up. Requests are due at random moments (exponential gaps, as from many callers that know nothing of each other);
 * time counts from when one was due, whatever became of those before.
 */
export interface SteadyOptions {
  /** Each gets its windows in turn with the others. */
  readonly urls: readonly string[];
  /** Requests a second. */
  readonly rate: number;
  /** Of one window. */
  readonly seconds: number;
  readonly windows: number;
  /** Windows before those, which do not count. */
  readonly warmUp: number;
  /** Whole requests, in latin1. */
  readonly requests: readonly string[];
}

/** What one window of one URL saw. */
export interface Steady {
  readonly count: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** How often each kind of failure was seen. */
  readonly failures: Readonly<Record<string, number>>;
}

const MOST_CONNECTIONS = 256;
/** Milliseconds that an answer may take once all is sent. */
const GIVE_UP = 5_000;

type Done = (lane: Lane, due: number, failure: string | undefined) => void;

/** One connection. */
class Lane {
  readonly #socket: Socket;
  readonly #done: Done;
  #got = '';
  #due = 0;
  #busy = false;

  constructor({ hostname, port }: URL, done: Done) {
    this.#done = done;
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#take(text));
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#end(error.code ?? 'error'));
    this.#socket.on('close', () => this.#end('closed'));
  }

  get usable(): boolean {
    return !this.#socket.destroyed;
  }

  close(): void {
    this.#busy = false;
    this.#socket.destroy();
  }

  send(request: string, due: number): void {
    this.#got = '';
    this.#due = due;
    this.#busy = true;
    this.#socket.write(request, 'latin1');
  }

  #take(text: string): void {
    this.#got = this.#got === '' ? text : this.#got + text;
    const head = this.#got.indexOf('\r\n\r\n');
    if (head < 0 || !isWhole(this.#got, head)) return;
    const status = this.#got.slice(9, 12);
    this.#end(status === '200' ? undefined : status);
  }

  #end(failure: string | undefined): void {
    if (!this.#busy) return;
    this.#busy = false;
    this.#done(this, this.#due, failure);
  }
}

const LENGTH = /\r\ncontent-length: *(\d+)/i;

/** By length, or by the last chunk. */
function isWhole(text: string, head: number): boolean {
  const length = LENGTH.exec(text);
  return length === null ? text.endsWith('\r\n0\r\n\r\n') : text.length >= head + 4 + Number(length[1]);
}

/** Small and seeded: all get the same moments. */
function randomOf(seed: number): () => number {
  let state = Math.imul(seed + 1, 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

/** One of the contestants, and the connections to it, which are kept from window to window. */
class Target {
  readonly #url: URL;
  readonly #options: SteadyOptions;
  readonly #idle: Lane[] = [];
  #lanes = 0;
  #turn = 0;
  #open = 0;
  #took: number[] = [];
  #failures: Record<string, number> = {};

  constructor(url: string, options: SteadyOptions) {
    this.#url = new URL(url);
    this.#options = options;
  }

  window(seed: number): Promise<Steady> {
    const { rate, seconds } = this.#options;
    const random = randomOf(seed);
    const start = performance.now();
    const end = start + seconds * 1000;
    let due = start;
    [this.#took, this.#failures] = [[], {}];
    return new Promise((resolve) => {
      const step = (): void => {
        const now = performance.now();
        for (; due <= now && due < end && this.#send(due); due += (-Math.log(random()) * 1000) / rate);
        if (now < end || (this.#open > 0 && now < end + GIVE_UP)) return void setImmediate(step);
        resolve(this.#seen());
      };
      step();
    });
  }

  close(): void {
    for (const lane of this.#idle) lane.close();
  }

  #send(due: number): boolean {
    const lane = this.#lane();
    if (lane === undefined) return false;
    const { requests } = this.#options;
    this.#open++;
    lane.send(requests[this.#turn++ % requests.length] as string, due);
    return true;
  }

  #lane(): Lane | undefined {
    const kept = this.#idle.pop();
    if (kept?.usable || this.#lanes >= MOST_CONNECTIONS) return kept;
    this.#lanes++;
    return new Lane(this.#url, (lane, due, failure) => this.#done(lane, due, failure));
  }

  #done(lane: Lane, due: number, failure: string | undefined): void {
    this.#open--;
    if (failure === undefined) this.#took.push(performance.now() - due);
    else this.#failures[failure] = (this.#failures[failure] ?? 0) + 1;
    if (lane.usable) this.#idle.push(lane);
    else this.#lanes--;
  }

  #seen(): Steady {
    if (this.#open > 0) this.#failures['no answer'] = this.#open;
    const took = this.#took;
    return { count: took.length, p50: percentile(took, 0.5), p99: percentile(took, 0.99), failures: this.#failures };
  }
}

/** @returns the windows of each URL */
export async function steadyLoad(options: SteadyOptions): Promise<Steady[][]> {
  const targets = options.urls.map((url) => new Target(url, options));
  const seen = targets.map((): Steady[] => []);
  for (let window = -options.warmUp; window < options.windows; window++) {
    for (const [n, target] of targets.entries()) {
      const one = await target.window(window);
      if (window >= 0) seen[n]?.push(one);
    }
  }
  for (const target of targets) target.close();
  return seen;
}
