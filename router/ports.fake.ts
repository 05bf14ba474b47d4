import type { Cancellation } from './cancellation.ts';
import { HeaderList } from './headers.ts';
import { hashText } from './identity/wit.ts';
import type { Body, UpstreamBody } from './message.ts';
import {
  type Clock,
  type Log,
  type Random,
  type TelemetrySink,
  type Transport,
  type UpstreamCall,
  UpstreamFailure,
  type UpstreamResponse,
} from './ports.ts';
import type { RequestRecord } from './telemetry/record.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Time that goes on only when everybody waits. */
export class FakeClock implements Clock {
  #now: number;
  #timers: Timer[] = [];

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - 1_000_000;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Runs the timer that is due first. */
  next(): void {
    const first = this.#timers.reduce<Timer | undefined>((a, b) => (a && a.at <= b.at ? a : b), undefined);
    if (first === undefined) return;
    this.#timers = this.#timers.filter((other) => other !== first);
    this.#now = Math.max(this.#now, first.at);
    first.run();
  }

  /** Lets time go on, timer by timer, until the promise is settled. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    for (;;) {
      await turn();
      if (settled) return promise;
      this.next();
    }
  }
}

/** A turn of the event loop: whatever can go on without time has gone on by then. */
function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Chances as written, then 0.5; bytes that count up, so that no two ids are the same. */
export class FakeRandom implements Random {
  readonly chances: number[];
  #byte = 0;

  constructor(...chances: number[]) {
    this.chances = chances;
  }

  next(): number {
    return this.chances.shift() ?? 0.5;
  }

  bytes(length: number): Uint8Array {
    this.#byte++;
    return new Uint8Array(length).fill(this.#byte);
  }

  hex(bytes: number): string {
    return hexOf(this.bytes(bytes));
  }
}

export const hexOf = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export class FakeUpstreamBody implements UpstreamBody {
  discarded = false;
  discard(): void {
    this.discarded = true;
  }
}

/** What an upstream does with one try. */
export type Act = (call: UpstreamCall, cancel: Cancellation) => Promise<UpstreamResponse>;

/** Plays its acts in order, the last one again and again, and remembers what it was sent. */
export class ScriptedTransport implements Transport {
  readonly calls: UpstreamCall[] = [];
  readonly bodies: FakeUpstreamBody[] = [];
  readonly #acts: readonly Act[];

  constructor(...acts: Act[]) {
    this.#acts = acts.length === 0 ? [answers(200)] : acts;
  }

  async send(call: UpstreamCall, cancel: Cancellation): Promise<UpstreamResponse> {
    const act = this.#acts[Math.min(this.calls.length, this.#acts.length - 1)] as Act;
    this.calls.push({ ...call, headers: call.headers.copy() });
    const response = await act(call, cancel);
    this.bodies.push(response.body as FakeUpstreamBody);
    return response;
  }

  /** Ids of the endpoints that were tried. */
  get endpoints(): string[] {
    return this.calls.map(({ endpoint }) => endpoint.id);
  }
}

export const answers =
  (status: number, headers: Readonly<Record<string, string>> = {}): Act =>
  async () => ({ status, headers: HeaderList.from(Object.entries(headers)), body: new FakeUpstreamBody() });

export const fails =
  (kind: 'connect' | 'reset'): Act =>
  async () => {
    throw new UpstreamFailure(kind, `${kind} by script`);
  };

/** Answers after some time, unless it is cancelled before. */
export const slowly =
  (clock: Clock, ms: number, act: Act = answers(200)): Act =>
  (call, cancel) =>
    new Promise((resolve, reject) => {
      const stop = clock.after(ms, () => resolve(act(call, cancel)));
      cancel.onCancel(() => {
        stop();
        reject(new UpstreamFailure('cancelled', 'cancelled'));
      });
    });

/** Never answers, and does not listen to cancellation either. */
export const hangs: Act = () => new Promise(() => {});

/** A body of a declared length; `stream` = of none. Spent as soon as it is sent without having been kept. */
export class FakeBody implements Body {
  readonly empty: boolean;
  readonly #size: number | 'stream';
  readonly #text: string;
  #kept = false;
  #sent = false;

  /** @param text what is digested */
  constructor(size: number | 'stream' = 0, text = '') {
    this.#size = size;
    this.#text = text;
    this.empty = size === 0;
  }

  get spent(): boolean {
    return this.#sent && !this.#kept;
  }

  /** A declared length is there at once, a stream never. */
  get complete(): boolean {
    return this.#size !== 'stream';
  }

  buffer(cap: number): Promise<void> | undefined {
    if (this.#size === 'stream' || this.#size > cap) return undefined;
    this.#kept = true;
    return Promise.resolve();
  }

  async digest(cap: number): Promise<string | undefined> {
    if (this.#size !== 'stream' && this.#size > cap) return undefined;
    this.#kept = true;
    return hashText(this.#text);
  }

  send(): void {
    this.#sent = true;
  }
}

/** The act of an upstream that takes the body before it does anything else. */
export const takesBody =
  (act: Act): Act =>
  (call, cancel) => {
    (call.body as FakeBody).send();
    return act(call, cancel);
  };

export class RecordedTelemetry implements TelemetrySink {
  readonly records: RequestRecord[] = [];
  record(record: RequestRecord): void {
    this.records.push(record);
  }
}

export class RecordedLog {
  readonly lines: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
  readonly log: Log = (_level, message, fields = {}) => {
    this.lines.push({ message, fields });
  };
}
