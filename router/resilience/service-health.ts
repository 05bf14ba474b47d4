import type { ServiceChunk, TrafficSettings } from '../../snapshot/chunk.ts';
import type { Random } from '../ports.ts';
import { type Balancer, balancerOf } from './balancing/balancers.ts';
import { type Ask, Pool } from './balancing/pool.ts';
import { admission, afterTry, type BreakerState, probing, SuccessRate, type TryEnd } from './breaker.ts';
import { EndpointHealth } from './endpoint-health.ts';
import { LatencyWindow } from './latency-window.ts';
import { afterAnswer, isOut, mayEject } from './outlier.ts';
import { withSample } from './peak-ewma.ts';
import { byRegion } from './regions.ts';
import { RetryBudget } from './retry-budget.ts';

/** What a try is sent by. */
export interface Wish {
  /** Ids of endpoints that this request was sent to already: others are taken as long as there are any. */
  readonly tried: readonly string[];
  /** What the choice is bound to, for `consistent-hash`. */
  readonly key: number | undefined;
  /** Endpoint of the caller's session. */
  readonly pinned: string | undefined;
  /** The request can be sent again if it fails: it may find out whether an endpoint is back. */
  readonly mayProbe: boolean;
}

/** `open`: there are endpoints, and all of them are out. */
export type Choice = EndpointHealth | 'none' | 'open';

/** How one try ended, as the endpoint's health sees it. */
export interface TryReport {
  readonly end: TryEnd;
  /** The answer was a 5xx, or there was none: what outlier detection counts. */
  readonly serverError: boolean;
  /** Milliseconds until the head; undefined: there was none, or it says nothing of the endpoint. */
  readonly took: number | undefined;
}

/** A try under way. */
export interface TryTicket {
  readonly entry: EndpointHealth;
  /** Phase of the breaker that it began in. */
  readonly epoch: number;
  readonly startedAt: number;
}

/**
 * What this router knows of one service's endpoints, and what it may send them: all from its own calls. Other isolates
 * know other things; nothing here is shared.
 */
export class ServiceHealth {
  readonly latencies = new LatencyWindow();
  budget: RetryBudget;
  readonly #region: string | undefined;
  #chunk: ServiceChunk;
  #entries: readonly EndpointHealth[] = [];
  #pools: readonly Pool[] = [];
  #balancer: Balancer;
  /** Endpoints whose breaker is not closed; mostly none, and then nobody looks. */
  #notClosed = 0;

  /** @param region of this router */
  constructor(chunk: ServiceChunk, now: number, region: string | undefined) {
    const { balancing, retry } = chunk.traffic;
    this.#region = region;
    this.#chunk = chunk;
    this.#balancer = balancerOf(balancing.policy);
    this.budget = new RetryBudget(retry.budget);
    // At the start all endpoints are as new as the router: none of them has to be let in slowly.
    this.#adopt(chunk, now, Number.NEGATIVE_INFINITY);
  }

  /** Takes a newer chunk of the same service; endpoints that stay keep what is known of them. */
  follow(chunk: ServiceChunk, now: number): void {
    const { balancing, retry } = this.#chunk.traffic;
    if (chunk.traffic.balancing.policy !== balancing.policy)
      this.#balancer = balancerOf(chunk.traffic.balancing.policy);
    if (!sameBudget(chunk.traffic.retry.budget, retry.budget))
      this.budget = new RetryBudget(chunk.traffic.retry.budget);
    this.#chunk = chunk;
    this.#adopt(chunk, now, now);
  }

  get chunk(): ServiceChunk {
    return this.#chunk;
  }

  get entries(): readonly EndpointHealth[] {
    return this.#entries;
  }

  choose(wish: Wish, now: number, random: Random): Choice {
    const ask: Ask = { now, random, tried: wish.tried, key: wish.key, all: this.#panics(now) };
    const pinned =
      wish.pinned === undefined ? undefined : this.#entries.find(({ endpoint }) => endpoint.id === wish.pinned);
    if (pinned !== undefined && (ask.all || admission(pinned.breaker, now) !== 'no')) return pinned;
    const probe = this.#notClosed > 0 ? this.#dueProbe(ask) : undefined;
    if (probe !== undefined && wish.mayProbe) return probe;
    const chosen = this.#fromPools(ask) ?? probe;
    if (chosen !== undefined) return chosen;
    if (wish.tried.length > 0) return this.choose({ ...wish, tried: [] }, now, random);
    return this.#entries.some(({ endpoint }) => endpoint.weight > 0) ? 'open' : 'none';
  }

  begin(entry: EndpointHealth, now: number): TryTicket {
    const { breaker } = entry;
    if (breaker.phase === 'open' && now >= breaker.until) this.#setBreaker(entry, probing(breaker), now);
    entry.pending++;
    return { entry, epoch: entry.breaker.epoch, startedAt: now };
  }

  /** @param chance uniform in [0, 1) */
  end({ entry, epoch }: TryTicket, report: TryReport, now: number, chance: number): void {
    entry.pending--;
    if (report.took !== undefined) {
      // A failure may be fast, but it must not attract anybody.
      const sample = report.end === 'failure' ? Math.max(report.took, entry.latency.value) : report.took;
      entry.latency = withSample(entry.latency, sample, now);
      if (report.end === 'success') this.latencies.add(report.took);
    }
    if (report.end === 'abandoned' && entry.breaker.phase !== 'probing') return;
    const { breaker, outlier } = this.#chunk.traffic;
    const rateFellTooLow = report.end !== 'abandoned' && this.#rateTooLow(entry, report.end !== 'failure', now);
    this.#setBreaker(entry, afterTry(entry.breaker, report.end, { epoch, now, chance, rateFellTooLow }, breaker), now);
    if (outlier !== undefined && report.end !== 'abandoned') {
      const out = this.#entries.filter((other) => isOut(other.outlier, now)).length;
      const may = { now, mayEject: mayEject(out, this.#entries.length, outlier) };
      entry.outlier = afterAnswer(entry.outlier, report.serverError, may, outlier);
    }
  }

  #fromPools(ask: Ask): EndpointHealth | undefined {
    for (const pool of this.#pools) {
      const chosen = this.#balancer(pool, ask);
      if (chosen !== undefined) return chosen;
    }
    return undefined;
  }

  #dueProbe({ now, tried }: Ask): EndpointHealth | undefined {
    return this.#entries.find(
      ({ breaker, outlier, endpoint }) =>
        admission(breaker, now) === 'probe' &&
        !isOut(outlier, now) &&
        endpoint.weight > 0 &&
        !tried.includes(endpoint.id),
    );
  }

  /** So few endpoints are left that using all of them, the bad ones too, is the lesser evil. Off by default. */
  #panics(now: number): boolean {
    const { panicThreshold } = this.#chunk.traffic.breaker;
    if (panicThreshold === 0 || this.#entries.length === 0) return false;
    return this.#inCount(now) / this.#entries.length < panicThreshold;
  }

  #inCount(now: number): number {
    let count = 0;
    for (const { breaker, outlier } of this.#entries) if (breaker.phase === 'closed' && !isOut(outlier, now)) count++;
    return count;
  }

  /** A rate may open a breaker only while at least half of the endpoints stay in: else it is not the endpoint. */
  #rateTooLow(entry: EndpointHealth, good: boolean, now: number): boolean {
    const { successRate } = this.#chunk.traffic.breaker;
    if (successRate === undefined) return false;
    entry.rate ??= new SuccessRate(successRate);
    return entry.rate.add(good, now) && (this.#inCount(now) - 1) / this.#entries.length >= 0.5;
  }

  #setBreaker(entry: EndpointHealth, next: BreakerState, now: number): void {
    const before = entry.breaker;
    if (next === before) return;
    entry.breaker = next;
    if (before.phase === next.phase) return;
    if (before.phase === 'closed') this.#notClosed++;
    if (next.phase !== 'closed') return;
    this.#notClosed--;
    entry.since = now;
    entry.rate?.forget();
  }

  #adopt(chunk: ServiceChunk, now: number, since: number): void {
    const known = new Map(this.#entries.map((entry) => [entry.endpoint.id, entry]));
    this.#entries = chunk.endpoints.map((endpoint) => {
      const entry = known.get(endpoint.id) ?? new EndpointHealth(endpoint, now, since);
      entry.endpoint = endpoint;
      return entry;
    });
    this.#notClosed = this.#entries.filter(({ breaker }) => breaker.phase !== 'closed').length;
    const { slowStart, regions } = chunk.traffic.balancing;
    const groups = byRegion(this.#entries, ({ endpoint }) => endpoint, this.#region, regions);
    this.#pools = groups.map((group) => new Pool(group, slowStart));
  }
}

type Budget = TrafficSettings['retry']['budget'];

const sameBudget = (a: Budget, b: Budget): boolean =>
  a.share === b.share && a.floor === b.floor && a.window === b.window;
