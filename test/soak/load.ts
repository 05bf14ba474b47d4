import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** How one request went. */
export interface Outcome {
  /** Milliseconds from when it was due. */
  readonly took: number;
  /** Undefined: answered as it should be. */
  readonly failure: string | undefined;
}

/** Makes the bytes of a request that carries `nonce`; its answer must be a 200. */
export type Compose = (nonce: string) => Buffer;

export interface LoadOptions {
  /** The body of every answer has to carry the nonce of its request. */
  readonly echoes?: boolean;
}

/** Milliseconds between two looks at what is due. */
const TICK = 5;
/** No request may take longer: a router answers within 15 s by default. */
const GIVE_UP = 20_000;

/**
 * Requests over kept connections of its own, one at a time on each: far cheaper than an HTTP client, so that what is
 * loaded is the router and not the load.
 */
export class Load {
  readonly #address: { readonly host: string; readonly port: number };
  readonly #compose: Compose;
  readonly #most: number;
  readonly #echoes: boolean;
  readonly #idle: Lane[] = [];
  readonly #lanes = new Set<Lane>();
  #next = 0;

  /** @param most connections at the same time */
  constructor(url: string, compose: Compose, most: number, { echoes = false }: LoadOptions = {}) {
    const { hostname, port } = new URL(url);
    this.#address = { host: hostname, port: Number(port) };
    this.#compose = compose;
    this.#most = most;
    this.#echoes = echoes;
  }

  /** As many as it can, `lanes` at a time. @returns requests a second */
  async flatOut(lanes: number, seconds: number, tell: (outcome: Outcome) => void): Promise<number> {
    const start = performance.now();
    const end = start + seconds * 1000;
    let count = 0;
    const one = async (): Promise<void> => {
      const lane = await this.#lane();
      while (performance.now() < end) {
        tell(await this.#send(lane, performance.now()));
        count++;
      }
      this.#idle.push(lane);
    };
    await Promise.all(Array.from({ length: lanes }, one));
    return count / ((performance.now() - start) / 1000);
  }

  /**
   * So many a second, whatever becomes of those before: one that finds no connection free waits, and its wait counts.
   * @param going asked at each tick whether to go on
   */
  async steady(rps: number, going: () => boolean, tell: (outcome: Outcome) => void): Promise<void> {
    const start = performance.now();
    const queue: number[] = [];
    let sent = 0;
    let open = 0;
    const pump = (): void => {
      while (queue.length > 0 && open < this.#most) {
        const due = queue.shift() as number;
        open++;
        void this.#lane()
          .then(async (lane) => {
            tell(await this.#send(lane, due));
            if (this.#lanes.has(lane)) this.#idle.push(lane);
          })
          .catch((error: unknown) => tell({ took: performance.now() - due, failure: String(error) }))
          .finally(() => {
            open--;
            pump();
          });
      }
    };
    while (going()) {
      for (const due = ((performance.now() - start) * rps) / 1000; sent < due; sent++) {
        queue.push(start + (sent * 1000) / rps);
      }
      pump();
      await wait(TICK);
    }
    while (open > 0) await wait(TICK);
  }

  stop(): void {
    for (const { socket } of this.#lanes) socket.destroy();
  }

  async #lane(): Promise<Lane> {
    const kept = this.#idle.pop();
    if (kept !== undefined && !kept.socket.destroyed) return kept;
    const socket = connect(this.#address).setNoDelay(true);
    const lane = new Lane(socket);
    socket.once('close', () => this.#lanes.delete(lane));
    await once(socket, 'connect');
    this.#lanes.add(lane);
    return lane;
  }

  async #send(lane: Lane, due: number): Promise<Outcome> {
    const nonce = `n${this.#next++}.`;
    const failure = await lane.ask(this.#compose(nonce), this.#echoes ? nonce : '');
    if (failure !== undefined) lane.socket.destroy();
    return { took: performance.now() - due, failure };
  }
}

/** One connection. */
class Lane {
  readonly socket: Socket;
  #got = '';
  #nonce = '';
  #settle: ((failure: string | undefined) => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.setTimeout(GIVE_UP, () => this.#end('no answer'));
    socket.on('data', (text: string) => this.#take(text));
    socket.on('error', (error) => this.#end(String(error)));
    socket.on('close', () => this.#end('closed before the answer'));
  }

  ask(request: Buffer, nonce: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#got = '';
      this.#nonce = nonce;
      this.#settle = resolve;
      if (this.socket.destroyed) this.#end('closed');
      else this.socket.write(request);
    });
  }

  #take(text: string): void {
    if (this.#settle === undefined) return void this.socket.destroy();
    this.#got += text;
    const head = this.#got.indexOf('\r\n\r\n');
    if (head < 0 || !isWhole(this.#got, head)) return;
    const status = this.#got.slice(9, 12);
    const right = status === '200' && this.#got.includes(this.#nonce, head);
    this.#end(right ? undefined : `${status}: ${this.#got.slice(0, 400)}`);
  }

  #end(failure: string | undefined): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(failure);
  }
}

const LENGTH = /\r\ncontent-length: *(\d+)/i;

/** By length, or by the last chunk. */
function isWhole(text: string, head: number): boolean {
  const length = LENGTH.exec(text.slice(0, head));
  return length === null ? text.endsWith('\r\n0\r\n\r\n') : text.length >= head + 4 + Number(length[1]);
}
