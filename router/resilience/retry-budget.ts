import { RingCounter } from './ring-counter.ts';

export interface BudgetSettings {
  /** Further tries per request that may be made, as a share: 0.2 = one in five. */
  readonly share: number;
  /** Further tries a second that may be made however few requests there are. */
  readonly floor: number;
  /** Milliseconds that both are counted over. */
  readonly window: number;
}

/**
 * The floor is counted over this part of the window too: a whole window of it at once would let the load of a router that
 * has just begun grow by far more than the share.
 */
const BURST = 0.4;

/**
 * What a service may be sent beyond what its callers asked for: a share of their requests, or a small floor where there
 * are few. It is counted over a window and not by what is under way, because routers share no memory: each keeps to the
 * share of what it sees itself, so all of them together keep to it as well, and only the floor adds up.
 */
export class RetryBudget {
  readonly #settings: BudgetSettings;
  readonly #requests: RingCounter;
  readonly #extra: RingCounter;
  /** The same over a part of the window: what few requests may have at once. */
  readonly #burst: RingCounter;

  constructor(settings: BudgetSettings) {
    this.#settings = settings;
    this.#requests = new RingCounter(settings.window);
    this.#extra = new RingCounter(settings.window);
    this.#burst = new RingCounter(settings.window * BURST);
  }

  /** A caller's request came. */
  deposit(now: number): void {
    this.#requests.add(now);
  }

  /** Takes one further try, if there is one. */
  withdraw(now: number): boolean {
    const { share, floor, window } = this.#settings;
    const extra = this.#extra.sum(now) + 1;
    const least = (floor * window) / 1000;
    const isFew = extra <= least && this.#burst.sum(now) < Math.ceil(least * BURST);
    if (!isFew && extra > share * this.#requests.sum(now)) return false;
    this.#extra.add(now);
    this.#burst.add(now);
    return true;
  }
}
