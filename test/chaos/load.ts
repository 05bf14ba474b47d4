import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type { Caller } from '../blackbox/policy-store.ts';

export interface LoadOptions {
  /** Of a router or gateway. */
  readonly url: string;
  /** `orders.shop.mesh`, or the host of a gateway. */
  readonly to: string;
  /** Without: no identity is sent, and `to` goes into Host, as to a gateway. */
  readonly as?: Caller;
  /** Requests at a time; each worker rests `pause` milliseconds between two of them. */
  readonly workers?: number;
  readonly pause?: number;
  /** How often the service repeats the nonce in its answer. */
  readonly times?: number;
  /** Milliseconds after which a request counts as hung. */
  readonly patience?: number;
}

/** How one request ended. */
export interface Outcome {
  readonly nonce: string;
  readonly method: string;
  /** 0: the connection failed or broke; -1: nothing came within the load's patience. */
  readonly status: number;
  /** Mesh-Reason of an answer of the mesh itself. */
  readonly reason: string | undefined;
  /** The service that answered. */
  readonly from: string | undefined;
  /** Mesh-Revision, 0 without. */
  readonly revision: number;
  readonly milliseconds: number;
  readonly error?: string;
}

/** Honest traffic: every request carries a nonce, every second one is a POST, every answer is checked for its nonce. */
export class Load {
  readonly outcomes: Outcome[] = [];
  /** Complete answers that are not the ones to their requests. Always empty, or something is very wrong. */
  readonly wrong: string[] = [];
  readonly #options: Required<Omit<LoadOptions, 'as'>> & Pick<LoadOptions, 'as'>;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #workers: Promise<void>[];
  #stopped = false;
  #sent = 0;
  #identity: { headers: Record<string, string>; until: number } = { headers: {}, until: 0 };

  constructor(options: LoadOptions) {
    this.#options = { workers: 6, pause: 10, times: 20, patience: 20_000, ...options };
    this.#workers = Array.from({ length: this.#options.workers }, () => this.#work());
  }

  /** Those that ended with something else than 200. */
  get failed(): Outcome[] {
    return this.outcomes.filter(({ status }) => status !== 200);
  }

  get succeeded(): number {
    return this.outcomes.length - this.failed.length;
  }

  /** What ended after this call; call again for what is new. */
  since(): () => Outcome[] {
    const start = this.outcomes.length;
    return () => this.outcomes.slice(start);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    this.#agent.destroy();
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      this.outcomes.push(await this.#one(this.#sent++ % 2 === 0 ? 'GET' : 'POST'));
      await wait(this.#options.pause);
    }
  }

  async #one(method: string): Promise<Outcome> {
    const nonce = crypto.randomUUID();
    const start = performance.now();
    const told = { nonce, method, reason: undefined, from: undefined, revision: 0 };
    const patience = AbortSignal.timeout(this.#options.patience);
    try {
      const response = await this.#send(method, nonce, patience);
      const body = await text(response);
      const { statusCode: status = 0, headers } = response;
      if (status === 200 && !this.#isAnswerTo(nonce, headers['x-nonce'], body)) {
        this.wrong.push(`${nonce}: ${String(headers['x-nonce'])} ${body.slice(0, 80)}`);
      }
      const said = { reason: textOf(headers['mesh-reason']), from: textOf(headers['x-from']) };
      const revision = Number(headers['mesh-revision'] ?? 0);
      return { ...told, ...said, status, revision, milliseconds: performance.now() - start };
    } catch (error) {
      const status = patience.aborted ? -1 : 0;
      return { ...told, status, milliseconds: performance.now() - start, error: String(error) };
    }
  }

  async #send(method: string, nonce: string, signal: AbortSignal): Promise<IncomingMessage> {
    const { url, to, as, times } = this.#options;
    const { hostname, port } = new URL(url);
    const sent = request({
      agent: this.#agent,
      signal,
      hostname,
      port,
      path: '/any/echo',
      method,
      headers: {
        ...(as ? { 'mesh-authority': to, ...(await this.#identityOf(as)) } : { host: to }),
        'x-nonce': nonce,
        'x-times': String(times),
      },
    });
    sent.on('error', () => undefined);
    sent.end(method === 'POST' ? nonce.repeat(10) : undefined);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response;
  }

  /** One proof serves for a while, as a service's would. */
  async #identityOf(caller: Caller): Promise<Record<string, string>> {
    if (performance.now() > this.#identity.until) {
      this.#identity = { headers: await caller.headersFor(this.#options.to), until: performance.now() + 15_000 };
    }
    return this.#identity.headers;
  }

  #isAnswerTo(nonce: string, header: unknown, body: string): boolean {
    return header === nonce && body === `${nonce};`.repeat(this.#options.times);
  }
}

const textOf = (value: string | string[] | undefined): string | undefined => value?.toString();
