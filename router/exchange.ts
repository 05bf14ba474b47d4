import type { HeaderList } from './headers.ts';
import { REASONS, type Reason } from './reasons.ts';
import type { LimitVerdict, ShadowVerdict } from './telemetry/record.ts';

/** A stage's word that the request goes no further: becomes a problem document (local-reply.ts). */
export class Refusal {
  readonly reason: Reason;
  /** For the caller: what was wrong and what to do. Never policy text, never a token. */
  readonly detail: string;
  readonly status: number;
  /** Which check failed, where one reason covers several: stable, documented in docs/errors.md. */
  readonly check: string | undefined;
  /** `WWW-Authenticate`, where it is not the usual one of the reason. */
  readonly challenge: string | undefined;
  /** gRPC status, where it is not the usual one of the reason. */
  readonly grpcStatus: number | undefined;
  /** More header fields of the answer, names in lower case. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** For logs, explain and decision records only. */
  readonly internal: string | undefined;
  /** `namespace/name` of the policy that refused, or `mesh default`. */
  readonly decidedBy: string | undefined;
  /** What policies in shadow would have said. */
  readonly shadow: ShadowVerdict | undefined;
  /** Rate limits that had no room for it. */
  readonly limited: readonly LimitVerdict[] | undefined;

  constructor(reason: Reason, detail: string, more: Partial<Omit<Refusal, 'reason' | 'detail'>> = {}) {
    this.reason = reason;
    this.detail = detail;
    this.status = more.status ?? REASONS[reason].status;
    this.check = more.check;
    this.challenge = more.challenge;
    this.grpcStatus = more.grpcStatus;
    this.headers = more.headers;
    this.internal = more.internal;
    this.decidedBy = more.decidedBy;
    this.shadow = more.shadow;
    this.limited = more.limited;
  }
}

/** An answer that policy gives in place of an upstream: a redirect, a CORS preflight or a static fallback. */
export class LocalAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string | null;
  /** Why the upstream did not answer; undefined: nobody wanted to ask it. */
  readonly reason: Reason | undefined;

  constructor(status: number, headers: HeaderList, body: string | null = null, reason?: Reason) {
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.reason = reason;
  }
}

/** Ends the pipeline. */
export type Stop = Refusal | LocalAnswer;
export type MaybePromise<T> = T | Promise<T>;
// biome-ignore lint/suspicious/noConfusingVoidType: a stage that only acts on the exchange returns nothing
export type StageResult<Out> = MaybePromise<Out | Stop | void>;

interface StageEntry {
  readonly name: string;
  readonly run: (facts: never) => StageResult<object>;
}

export interface StageObserver {
  /** Called once a stage that ran: its place in the list, and whether it ended the pipeline. */
  ran(index: number, stopped: boolean): void;
}

/**
 * An ordered list of stages whose type grows line by line: a stage gets the facts of all stages above it, so a list in
 * an order that lacks a fact does not compile.
 */
export class Pipeline<In extends object, Facts extends In> {
  readonly #stages: readonly StageEntry[];
  private constructor(stages: readonly StageEntry[]) {
    this.#stages = stages;
  }

  static start<In extends object>(): Pipeline<In, In> {
    return new Pipeline<In, In>([]);
  }

  stage<Out extends object>(name: string, run: (facts: Facts) => StageResult<Out>): Pipeline<In, Facts & Out> {
    return new Pipeline<In, Facts & Out>([...this.#stages, { name, run }]);
  }

  get names(): readonly string[] {
    return this.#stages.map((stage) => stage.name);
  }

  /** Runs the stages in order on one exchange, whose facts grow in place. Synchronous as long as every stage is. */
  run(exchange: In, observer: StageObserver): MaybePromise<Facts | Stop> {
    return this.#from(0, exchange, observer);
  }

  #from(start: number, exchange: In, observer: StageObserver): MaybePromise<Facts | Stop> {
    for (let i = start; i < this.#stages.length; i++) {
      const result = (this.#stages[i] as StageEntry).run(exchange as never);
      if (result instanceof Promise) {
        return result.then((out) => this.#take(i, out, exchange, observer) ?? this.#from(i + 1, exchange, observer));
      }
      const stop = this.#take(i, result, exchange, observer);
      if (stop !== undefined) return stop;
    }
    return exchange as Facts;
  }

  // biome-ignore lint/suspicious/noConfusingVoidType: what a stage returns, see StageResult
  #take(index: number, out: object | undefined | void, exchange: In, observer: StageObserver): Stop | undefined {
    const stop = out instanceof Refusal || out instanceof LocalAnswer ? out : undefined;
    observer.ran(index, stop !== undefined);
    if (stop === undefined && out) Object.assign(exchange, out);
    return stop;
  }
}
