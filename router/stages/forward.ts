import type { Endpoint, ServicePort } from '../../snapshot/chunk.ts';
import { Permit } from '../authorization/permit.ts';
import type { CancelReason } from '../cancellation.ts';
import { Refusal, type StageResult } from '../exchange.ts';
import type {
  Arrival,
  Authenticated,
  Authorized,
  ChosenBackend,
  Forwarded,
  Outbound,
  Routed,
  Screened,
  Traced,
} from '../facts.ts';
import { grpcTimeout } from '../grpc.ts';
import type { HeaderList } from '../headers.ts';
import { UpstreamFailure, type UpstreamResponse } from '../ports.ts';
import { backOff } from '../resilience/back-off.ts';
import { bounded, pause } from '../resilience/bounded.ts';
import { boundsOf, callersAttempt } from '../resilience/callers-bounds.ts';
import { type TimeBounds, tryBound } from '../resilience/deadline.ts';
import { chooseEndpoint } from '../resilience/endpoint-choice.ts';
import { refusalOf } from '../resilience/failure.ts';
import { keepBody } from '../resilience/keep-body.ts';
import { parseRequestTimeout, requestTimeout } from '../resilience/request-timeout.ts';
import { isRepeatable, isRetried, type TryResult } from '../resilience/retry.ts';
import { retryAfterWait } from '../resilience/retry-after.ts';
import { type RetryPolicy, retryPolicyOf } from '../resilience/retry-policy.ts';
import { servicePortOf } from '../routing/service-port.ts';
import { endpointHash } from '../routing/session.ts';
import { randomHex } from '../telemetry/ids.ts';
import { formatTraceparent } from '../telemetry/traceparent.ts';

type Facts = Arrival & Screened & Traced & Authenticated & Routed & Authorized & Outbound;

/** How one try ended: with a response head, or why without one. */
type Outcome =
  | { readonly response: UpstreamResponse }
  | { readonly failure: 'connect' | 'reset' | CancelReason; readonly unprocessed: boolean; readonly message: string };

/** Sends the request to an endpoint of the chosen backend, again where that is safe, until there is an answer. */
export function forward(facts: Facts): StageResult<Forwarded> {
  if (!Permit.isGenuine(facts.permit)) throw new Error('forward was reached without a permit of authorize');
  if (facts.backend === null) throw new Error('forward was reached by a rule that answers by itself');
  const bounds = boundsOf(facts, facts.backend);
  if (bounds instanceof Refusal) return bounds;
  facts.parts.calls.add(facts);
  return new Forwarding(facts, facts.backend, bounds).run();
}

class Forwarding {
  readonly #facts: Facts;
  readonly #backend: ChosenBackend;
  readonly #port: ServicePort;
  readonly #bounds: TimeBounds;
  readonly #policy: RetryPolicy;
  readonly #repeatable: boolean;
  /** Number that the caller gives this request; above 1 the caller's side is retrying already. */
  readonly #callersAttempt: number;

  constructor(facts: Facts, backend: ChosenBackend, bounds: TimeBounds) {
    const { chunk } = backend.service;
    this.#facts = facts;
    this.#backend = backend;
    this.#port = servicePortOf(chunk, backend);
    this.#bounds = bounds;
    this.#policy = retryPolicyOf(chunk.traffic, facts.rule?.retry);
    this.#repeatable = isRepeatable(facts.request.method, facts.outbound.headers);
    this.#callersAttempt = callersAttempt(facts);
  }

  async run(): Promise<Forwarded | Refusal> {
    const { parts, cancellation } = this.#facts;
    if (this.#timeLeft() <= 0) return refusalOf('deadline_exceeded', 'the deadline had passed before the first try');
    const lost = await this.#keepBody();
    if (lost !== undefined) return lost;
    for (let n = 1; ; n++) {
      const outcome = await this.#try(n);
      if (outcome === undefined) return new Refusal('no_healthy_upstream', 'The service has no endpoint to send to.');
      const next = this.#next(n, outcome);
      if (next === undefined) return 'response' in outcome ? outcome : this.#failed(n, outcome);
      if ('response' in outcome) outcome.response.body.discard();
      if (next instanceof Refusal) return next;
      await pause(parts.ports.clock, cancellation, next);
      if (cancellation.reason !== undefined) return refusalOf(cancellation.reason, 'while waiting to try again');
    }
  }

  #timeLeft(): number {
    const { deadline } = this.#bounds;
    return deadline === undefined ? Number.POSITIVE_INFINITY : deadline - this.#facts.parts.ports.clock.now();
  }

  /** Keeps a small body for another try, where another try could come to be. */
  async #keepBody(): Promise<Refusal | undefined> {
    const { parts, body, cancellation } = this.#facts;
    if (body.empty || !this.#mayTryAgain()) return undefined;
    if (!this.#repeatable && !this.#policy.unsafe && this.#policy.named.length === 0) return undefined;
    const kept = await keepBody({ clock: parts.ports.clock, cancellation, body, bounds: this.#bounds });
    return kept instanceof Refusal ? kept : undefined;
  }

  #mayTryAgain(): boolean {
    return this.#policy.limit > 0 && this.#callersAttempt <= 1;
  }

  /** @returns undefined when there is no endpoint */
  async #try(n: number): Promise<Outcome | undefined> {
    const { parts, request, body, cancellation, outbound, attempts, signAgain } = this.#facts;
    const { clock, random, transport } = parts.ports;
    const endpoints = this.#backend.service.chunk.endpoints;
    const tried = attempts.map(({ endpoint }) => endpoint);
    const endpoint = this.#pinned(n) ?? chooseEndpoint(endpoints, tried, random.next());
    if (endpoint === undefined) return undefined;
    const startedAt = clock.now();
    const startTick = clock.monotonic();
    const spanId = randomHex(random, 8);
    const bound = tryBound(this.#bounds, startedAt);
    const headers = this.#headersOf(n, spanId, bound?.at);
    if (n > 1 && signAgain !== undefined) headers.set('mesh-call', await signAgain());
    const { method, upgrade } = request;
    const { authority, target } = outbound;
    const call = { endpoint, port: this.#port, method, authority, target, headers, body, ...(upgrade && { upgrade }) };
    const outcome = await bounded(
      clock,
      cancellation,
      bound,
      (cancel) => transport.send(call, cancel).then((response): Outcome => ({ response }), failureOf),
      (late) => 'response' in late && late.response.body.discard(),
    ).then((sent): Outcome => ('value' in sent ? sent.value : cancelledAs(sent.cancelled)));
    attempts.push({
      endpoint: endpoint.id,
      startedAt,
      duration: clock.monotonic() - startTick,
      spanId,
      status: 'response' in outcome ? outcome.response.status : undefined,
      failure: 'response' in outcome ? undefined : outcome.failure,
    });
    return outcome;
  }

  /** The endpoint of the session, whatever its weight; once it has failed, any. */
  #pinned(n: number): Endpoint | undefined {
    const { session } = this.#facts;
    if (session === undefined || n > 1) return undefined;
    return this.#backend.service.chunk.endpoints.find((endpoint) => endpointHash(endpoint) === session.endpoint);
  }

  /** A list of its own for every try after the first: a transport may still hold the one before. */
  #headersOf(n: number, spanId: string, endsAt: number | undefined): HeaderList {
    const { outbound, trace } = this.#facts;
    const headers = n === 1 ? outbound.headers : outbound.headers.copy();
    headers.set('traceparent', formatTraceparent(trace, spanId));
    if (trace.state === undefined) headers.delete('tracestate');
    else headers.set('tracestate', trace.state);
    if (endsAt !== undefined) tellDeadline(headers, endsAt, this.#facts.parts.ports.clock.now());
    const attempt = Math.max(n, this.#callersAttempt);
    if (attempt > 1) headers.set('mesh-attempt', String(attempt));
    return headers;
  }

  /** Milliseconds until the next try; undefined when this outcome is the answer; a refusal when time is too short. */
  #next(n: number, outcome: Outcome): number | Refusal | undefined {
    const { parts, body, cancellation } = this.#facts;
    if (n > this.#policy.limit || !this.#mayTryAgain() || cancellation.reason !== undefined) return undefined;
    if (!body.empty && body.spent) return undefined;
    if (!isRetried(this.#policy, this.#repeatable, resultOf(outcome))) return undefined;
    const asked = waitAskedBy(outcome, parts.ports.clock.now());
    const left = this.#timeLeft();
    // An upstream that names a time beyond the deadline has answered: its own words tell the caller more than ours.
    if (asked !== undefined && asked >= left) return undefined;
    const wait = Math.max(asked ?? 0, backOff(this.#policy, n, parts.ports.random.next()));
    return wait < left ? wait : refusalOf('deadline_exceeded', `no time left for try ${n + 1}`);
  }

  #failed(n: number, { failure, message }: Exclude<Outcome, { response: unknown }>): Refusal {
    const internal = `try ${n}: ${message}`;
    const exhausted = this.#policy.asked && n > 1 && n > this.#policy.limit;
    if (failure === 'reset' && exhausted) {
      return new Refusal('retry_limit_exceeded', 'No try that the route allows got an answer from the service.', {
        internal,
      });
    }
    return refusalOf(failure, internal);
  }
}

/** Upstreams that know only the caller's word for it must not work longer than those that know ours. */
function tellDeadline(headers: HeaderList, endsAt: number, now: number): void {
  headers.set('mesh-deadline', String(Math.floor(endsAt)));
  if (parseRequestTimeout(headers.get('request-timeout') ?? '') !== undefined) {
    headers.set('request-timeout', requestTimeout(endsAt - now));
  }
  if (headers.has('grpc-timeout')) headers.set('grpc-timeout', grpcTimeout(endsAt - now));
}

function failureOf(error: unknown): Outcome {
  if (!(error instanceof UpstreamFailure)) throw error;
  const { kind, unprocessed, message } = error;
  return { failure: kind === 'cancelled' ? 'reset' : kind, unprocessed, message };
}

const cancelledAs = (reason: CancelReason): Outcome => ({ failure: reason, unprocessed: false, message: reason });

const resultOf = (outcome: Outcome): TryResult =>
  'response' in outcome
    ? {
        kind: 'answer',
        status: outcome.response.status,
        retryAfter: outcome.response.headers.has('retry-after'),
      }
    : { kind: 'failure', unprocessed: outcome.unprocessed };

function waitAskedBy(outcome: Outcome, now: number): number | undefined {
  if (!('response' in outcome)) return undefined;
  const { status, headers } = outcome.response;
  return status === 429 || status === 503 ? retryAfterWait(headers.get('retry-after'), now) : undefined;
}
