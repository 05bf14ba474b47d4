import type { ServiceChunk, TrafficSettings } from '../../snapshot/chunk.ts';
import type { Random } from '../ports.ts';
import { type Balancer, balancerOf } from './balancing/balancers.ts';
import { type Ask, isDue, isIn, Pool } from './balancing/pool.ts';
import { afterTry, type BreakerState, probing, SuccessRate, type TryEnd } from './breaker.ts';
import { EndpointHealth } from './endpoint-health.ts';
import type { LatencyWindow } from './latency-window.ts';
import { afterAnswer, isOut, mayEject } from './outlier.ts';
import { withSample } from './peak-ewma.ts';
import { byRegion } from './regions.ts';
import { RetryBudget } from './retry-budget.ts';

/** `open`: there are endpoints, and all of them are out. `none`: there are none that are given any weight. */
export type Choice = EndpointHealth | 'none' | 'open';

/** How one try ended, as the endpoint's health sees it. */
export interface TryReport {
  readonly end: TryEnd;
  /** The answer was a 5xx, or there was none: what outlier detection counts. */
  readonly serverError: boolean;
  /** Milliseconds that it took, or that its answer is worth. */
  readonly took: number;
}

/** A probe that is due for so long is given to any request, also to one that can not be sent again, milliseconds. */
const PATIENCE = 5000;
/** What is known of an endpoint that has left is kept for so long: requests of the snapshot before still come. */
const MEMORY = 30_000;

/**
 * What this router knows of one service's endpoints, and what it may send them: all from its own calls. Other isolates
 * know other things; nothing here is shared.
 */
export class ServiceHealth {
  /** Kept once somebody asks for it (hedging). */
  latencies: LatencyWindow | undefined;
  budget: RetryBudget;
  readonly #region: string | undefined;
  #chunk: ServiceChunk;
  #entries: readonly EndpointHealth[] = [];
  #pools: readonly Pool[] = [];
  #balancer: Balancer;
  #left: { readonly at: number; readonly entries: readonly EndpointHealth[] } = { at: 0, entries: [] };
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

  /** One endpoint for one try; `begin` has to follow at once, or others may be given the same probe. */
  choose(wish: Ask): Choice {
    const ask = this.#panics(wish.now) ? { ...wish, all: true } : wish;
    const pinned =
      ask.pinned === undefined ? undefined : this.#entries.find(({ endpoint }) => endpoint.id === ask.pinned);
    if (pinned !== undefined && (isIn(pinned, ask) || isDue(pinned, ask.now))) return pinned;
    const probe = this.#notClosed > 0 && ask.probe !== 'never' ? this.#dueProbe(ask) : undefined;
    if (probe !== undefined && (ask.probe === 'first' || isOverdue(probe, ask.now))) return probe;
    const chosen = (ask.away && this.#fromPools(ask, true)) || (this.#fromPools(ask) ?? probe);
    if (chosen !== undefined) return chosen;
    if (wish.tried.length > 0) return this.choose({ ...wish, tried: [] });
    return this.#entries.some(({ endpoint }) => endpoint.weight > 0) ? 'open' : 'none';
  }

  /** Whether there is an endpoint that a try could go to. */
  isUsable(now: number): boolean {
    const all = this.#panics(now);
    return this.#entries.some(
      (entry) =>
        entry.endpoint.weight > 0 &&
        (all || isDue(entry, now) || (entry.breaker.phase === 'closed' && !isOut(entry.outlier, now))),
    );
  }

  /**
   * A try begins.
   * @param longest milliseconds that it takes at most
   * @returns phase of the breaker that it began in, for `end`
   */
  begin(entry: EndpointHealth, now: number, longest: number): number {
    const { breaker } = entry;
    if (breaker.phase !== 'closed' && now >= breaker.until)
      this.#setBreaker(entry, probing(breaker, now + longest), now);
    entry.begun(now);
    return entry.breaker.epoch;
  }

  /** @param began when it began, and in which phase of the breaker */
  end(
    entry: EndpointHealth,
    began: { readonly at: number; readonly epoch: number },
    { end, serverError, took }: TryReport,
    now: number,
    random: Random,
  ): void {
    entry.ended(began.at, now);
    this.#learnLatency(entry, end, took, now);
    const { breaker, outlier } = this.#chunk.traffic;
    if (end === 'abandoned' && entry.breaker.phase !== 'probing') return;
    const rateFellTooLow = end !== 'abandoned' && this.#rateTooLow(entry, end === 'success', now);
    const at = { epoch: began.epoch, now, random, rateFellTooLow };
    this.#setBreaker(entry, afterTry(entry.breaker, end, at, breaker), now);
    if (outlier !== undefined && end !== 'abandoned') {
      const out = this.#entries.filter((other) => isOut(other.outlier, now)).length;
      const may = { now, mayEject: mayEject(out, this.#entries.length, outlier) };
      entry.outlier = afterAnswer(entry.outlier, serverError, may, outlier);
    }
  }

  /** Only a good answer makes an endpoint look faster: failures are fast too, and must attract nobody. */
  #learnLatency(entry: EndpointHealth, end: TryEnd, took: number, now: number): void {
    if (end === 'success') {
      entry.latency = withSample(entry.latency, took, now);
      this.latencies?.add(took);
    } else if (end !== 'abandoned' || took > entry.latency.value) {
      entry.latency = withSample(entry.latency, Math.max(took, entry.latency.value), now);
    }
  }

  /** @param away only from regions where nothing was tried */
  #fromPools(ask: Ask, away = false): EndpointHealth | undefined {
    for (const pool of this.#pools) {
      if (away && pool.entries.some(({ endpoint }) => ask.tried.includes(endpoint.id))) continue;
      const chosen = this.#balancer(pool, ask);
      if (chosen !== undefined) return chosen;
    }
    return undefined;
  }

  #dueProbe({ now, tried }: Ask): EndpointHealth | undefined {
    return this.#entries.find(
      (entry) => entry.endpoint.weight > 0 && isDue(entry, now) && !tried.includes(entry.endpoint.id),
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
    entry.breaker = next;
    if (before.phase === next.phase) return;
    this.#countClosed();
    if (next.phase !== 'closed') return;
    entry.since = now;
    entry.rate?.forget();
  }

  #countClosed(): void {
    this.#notClosed = this.#entries.filter(({ breaker }) => breaker.phase !== 'closed').length;
  }

  #adopt(chunk: ServiceChunk, now: number, since: number): void {
    const before = this.#entries;
    const remembered = now - this.#left.at < MEMORY ? this.#left.entries : [];
    const known = new Map([...remembered, ...before].map((entry) => [entry.endpoint.id, entry]));
    this.#entries = chunk.endpoints.map((endpoint) => {
      const entry = known.get(endpoint.id) ?? new EndpointHealth(endpoint, now, since);
      entry.endpoint = endpoint;
      // Its settings may be others now; what it forgets is a few seconds.
      entry.rate = undefined;
      return entry;
    });
    this.#left = { at: now, entries: before.filter((entry) => !this.#entries.includes(entry)) };
    this.#countClosed();
    const { slowStart, regions } = chunk.traffic.balancing;
    const groups = byRegion(this.#entries, ({ endpoint }) => endpoint, this.#region, regions);
    this.#pools = groups.map((group) => new Pool(group, slowStart));
  }
}

const isOverdue = ({ breaker }: EndpointHealth, now: number): boolean =>
  breaker.phase !== 'closed' && now - breaker.until > PATIENCE;

type Budget = TrafficSettings['retry']['budget'];

const sameBudget = (a: Budget, b: Budget): boolean =>
  a.share === b.share && a.floor === b.floor && a.window === b.window;
