import type { Cancellation } from '../cancellation.ts';
import { Refusal, type Stop } from '../exchange.ts';
import type { ChosenBackend, Forwarded } from '../facts.ts';
import type { UpstreamResponse } from '../ports.ts';
import { placeAt } from '../resilience/admission/place-at.ts';
import { backOff } from '../resilience/back-off.ts';
import type { Ask } from '../resilience/balancing/pool.ts';
import { pause } from '../resilience/bounded.ts';
import { callersAttempt } from '../resilience/callers-bounds.ts';
import { type TimeBounds, tryBound } from '../resilience/deadline.ts';
import type { EndpointHealth } from '../resilience/endpoint-health.ts';
import { refusalOf } from '../resilience/failure.ts';
import { keepBody } from '../resilience/keep-body.ts';
import { LatencyWindow } from '../resilience/latency-window.ts';
import { isRepeatable, isRetried } from '../resilience/retry.ts';
import { type RetryPolicy, retryPolicyOf } from '../resilience/retry-policy.ts';
import { randomHex } from '../telemetry/ids.ts';
import { Elsewhere } from './elsewhere.ts';
import { headersOf } from './headers-of.ts';
import { oneTry } from './one-try.ts';
import { type Outcome, resultOf, waitAskedBy } from './outcome.ts';
import { type Racer, race } from './race.ts';
import { type ForwardFacts, type Target, targetOf } from './target.ts';

/** RFC 9110 9.2.1: to do these twice at the same time disturbs nobody. */
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/** One request on its way to an answer: tries, waits, and other places to go. */
export class Forwarding {
  readonly #facts: ForwardFacts;
  readonly #bounds: TimeBounds;
  readonly #policy: RetryPolicy;
  readonly #repeatable: boolean;
  /** Number that the caller gives this request; above 1 the caller's side is retrying already. */
  readonly #callersAttempt: number;
  #target: Target;
  #elsewhere: Elsewhere | undefined;
  /** Ids of endpoints of this target that were tried. */
  #tried: readonly string[] = [];
  /** Whatever becomes of a try, there may be another. */
  #again = false;
  /** The last try got no answer. */
  #away = false;
  /** Tries so far, wherever. */
  #sent = 0;

  constructor(facts: ForwardFacts, backend: ChosenBackend, bounds: TimeBounds) {
    this.#facts = facts;
    this.#bounds = bounds;
    this.#policy = retryPolicyOf(backend.service.chunk.traffic, facts.rule?.retry);
    this.#repeatable = isRepeatable(facts.request.method, facts.outbound.headers);
    this.#callersAttempt = callersAttempt(facts);
    this.#target = targetOf(facts, backend, facts);
  }

  async run(): Promise<Forwarded | Stop> {
    const { parts, cancellation } = this.#facts;
    if (this.#timeLeft() <= 0) return refusalOf('deadline_exceeded', 'the deadline had passed before the first try');
    const keeping = this.#keepBody();
    const lost = keeping && (await keeping);
    if (lost !== undefined) return lost;
    this.#deposit();
    for (;;) {
      if (this.#sent > 0) await this.#signAgain();
      const entry = this.#target.health.choose(this.#ask(this.#again && this.#sent === 0 ? 'first' : 'last'));
      if (typeof entry === 'string') {
        const stop = await this.#goElsewhere(entry);
        if (stop !== undefined) return stop;
        continue;
      }
      const outcome = await this.#round(entry);
      const next = this.#next(outcome);
      if (next === undefined) return 'response' in outcome ? this.#answered(outcome.response) : this.#failed(outcome);
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
  #keepBody(): Promise<Refusal | undefined> | undefined {
    const { parts, body, cancellation } = this.#facts;
    const safe = this.#repeatable || this.#policy.unsafe;
    this.#again = body.empty && safe && this.#mayTryAgain();
    if (body.empty || !this.#mayTryAgain() || (!safe && this.#policy.named.length === 0)) return undefined;
    const { replayCap } = this.#target.backend.service.chunk.traffic.retry;
    const { clock } = parts.ports;
    return keepBody({ clock, cancellation, body, bounds: this.#bounds, cap: replayCap }).then((kept) => {
      this.#again = safe && kept === 'kept';
      return kept instanceof Refusal ? kept : undefined;
    });
  }

  #mayTryAgain(): boolean {
    return this.#policy.limit > 0 && this.#callersAttempt <= 1;
  }

  /** What is a retry already, of somebody above, buys no retries. */
  #deposit(): void {
    if (this.#callersAttempt <= 1) this.#target.health.budget.deposit(this.#facts.parts.ports.clock.monotonic());
  }

  /** Where a Mesh-Call is good for one try only. */
  async #signAgain(): Promise<void> {
    const { signAgain, outbound } = this.#target;
    if (signAgain !== undefined) outbound.headers.set('mesh-call', await signAgain());
  }

  #ask(probe: Ask['probe']): Ask {
    const { clock, random } = this.#facts.parts.ports;
    const { key, pinned } = this.#target;
    const tried = this.#tried;
    return {
      now: clock.monotonic(),
      random,
      tried,
      key,
      pinned: tried.length > 0 ? undefined : pinned,
      probe,
      away: this.#away,
    };
  }

  /** One try, or two beside each other. */
  #round(entry: EndpointHealth): Promise<Outcome> {
    const { parts, cancellation } = this.#facts;
    const delay = this.#hedgeDelay();
    if (delay === undefined) return this.#try(entry, cancellation);
    const second = (): Racer | undefined => {
      const { health } = this.#target;
      const ask = this.#ask('never');
      const other = health.choose(ask);
      if (typeof other === 'string' || ask.tried.includes(other.endpoint.id)) return undefined;
      return health.budget.withdraw(ask.now) ? (client) => this.#try(other, client) : undefined;
    };
    return race(
      { clock: parts.ports.clock, client: cancellation, delay },
      (client) => this.#try(entry, client),
      second,
      (outcome) => 'response' in outcome && !isRetried(this.#policy, true, resultOf(outcome)),
    );
  }

  /** Milliseconds until a second try is sent beside the first; undefined: none is. */
  #hedgeDelay(): number | undefined {
    const { request, rule, body } = this.#facts;
    const { health, backend, signAgain } = this.#target;
    const delay = (rule?.hedge ?? backend.service.chunk.traffic.hedge)?.delay;
    if (delay === undefined || this.#sent > 0 || !SAFE.includes(request.method)) return undefined;
    if (!body.empty || request.upgrade !== undefined || signAgain !== undefined) return undefined;
    if (this.#callersAttempt > 1) return undefined;
    if (delay !== 'p95') return delay;
    health.latencies ??= new LatencyWindow();
    return health.latencies.p95;
  }

  #try(entry: EndpointHealth, client: Cancellation): Promise<Outcome> {
    const { parts, request, body, attempts, trace } = this.#facts;
    const { ports } = parts;
    const { health, port, outbound } = this.#target;
    const n = ++this.#sent;
    const { endpoint } = entry;
    this.#tried = this.#tried.length === 0 ? [endpoint.id] : [...this.#tried, endpoint.id];
    const startedAt = ports.clock.now();
    const bound = tryBound(this.#bounds, startedAt);
    const spanId = randomHex(ports.random, 8);
    const attempt = Math.max(n, this.#callersAttempt);
    const headers = headersOf(outbound.headers, n === 1, { trace, spanId, attempt, endsAt: bound?.at, now: startedAt });
    const { method, upgrade } = request;
    const { authority, target } = outbound;
    const plain = { endpoint, port, method, authority, target, headers, body };
    const call = upgrade === undefined ? plain : { ...plain, upgrade };
    const { byCaller } = this.#bounds;
    return oneTry({ ports, health, entry, client, bound, byCaller, call, log: { attempts, startedAt, spanId } });
  }

  /** Takes another place for the rest of the way. @returns what ends it: the policy's own answer, or a refusal */
  async #goElsewhere(why: 'none' | 'open'): Promise<Stop | undefined> {
    const refusal =
      why === 'open'
        ? new Refusal('circuit_open', 'Every endpoint of the service is failing and is left alone for a while.')
        : new Refusal('no_healthy_upstream', 'The service has no endpoint to send to.');
    this.#elsewhere ??= new Elsewhere(this.#facts, this.#target);
    const next = (await this.#elsewhere.next(refusal)) ?? refusal;
    if (!('health' in next)) return next;
    const full = await placeAt(next.backend, this.#facts);
    if (full !== undefined) return full;
    this.#target = next;
    this.#tried = [];
    this.#deposit();
    return undefined;
  }

  #answered(response: UpstreamResponse): Forwarded {
    const { backend } = this.#target;
    return backend === this.#facts.backend ? { response } : { response, backend };
  }

  /** Milliseconds until the next try; undefined when this outcome is the answer; a refusal when it can not be. */
  #next(outcome: Outcome): number | Refusal | undefined {
    const { parts, body, cancellation } = this.#facts;
    const { health } = this.#target;
    const { clock, random } = parts.ports;
    if (this.#sent > this.#policy.limit || !this.#mayTryAgain() || cancellation.reason !== undefined) return undefined;
    if (!body.empty && body.spent) return undefined;
    if (!isRetried(this.#policy, this.#repeatable, resultOf(outcome))) return undefined;
    const asked = waitAskedBy(outcome, clock.now());
    const left = this.#timeLeft();
    // An upstream that names a time beyond the deadline has answered: its own words tell the caller more than ours.
    if (asked !== undefined && asked >= left) return undefined;
    const wait = Math.max(asked ?? 0, backOff(this.#policy, this.#sent, random.next()));
    if (wait >= left) return refusalOf('deadline_exceeded', `no time left for try ${this.#sent + 1}`);
    const now = clock.monotonic();
    if (!health.isUsable(now) && !Elsewhere.isThere(this.#facts, this.#target)) return undefined;
    this.#away = !('response' in outcome);
    if (health.budget.withdraw(now)) return wait;
    return 'response' in outcome
      ? undefined
      : new Refusal(
          'retry_budget_exhausted',
          'A try failed, and too many requests to the service are retries already.',
          {
            internal: outcome.message,
          },
        );
  }

  #failed({ failure, message }: Exclude<Outcome, { response: unknown }>): Refusal {
    const internal = `try ${this.#sent}: ${message}`;
    const exhausted = this.#policy.asked && this.#sent > 1 && this.#sent > this.#policy.limit;
    if (failure === 'reset' && exhausted) {
      return new Refusal('retry_limit_exceeded', 'No try that the route allows got an answer from the service.', {
        internal,
      });
    }
    return refusalOf(failure, internal);
  }
}
