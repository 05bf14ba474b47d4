import { LIMIT_SERIES_LIMIT, type LimitDelta } from './telemetry.ts';

/** Counts by limit and outcome. Names come from the mesh's documents; over the bound they are counted as `overflow`. */
export class LimitCounts {
  readonly #bound: number;
  #counts = new Map<string, { -readonly [K in keyof LimitDelta]: LimitDelta[K] }>();

  constructor(bound: number = LIMIT_SERIES_LIMIT) {
    this.#bound = bound;
  }

  add({ limit, outcome, requests }: LimitDelta): void {
    const key = `${limit} ${outcome}`;
    const known = this.#counts.get(key);
    if (known !== undefined) known.requests += requests;
    else if (this.#counts.size < this.#bound || limit === OVERFLOW) this.#counts.set(key, { limit, outcome, requests });
    else this.add({ limit: OVERFLOW, outcome, requests });
  }

  all(): readonly LimitDelta[] {
    return [...this.#counts.values()];
  }

  /** Everything since the last call. */
  drain(): readonly LimitDelta[] {
    const all = this.all();
    this.#counts = new Map();
    return all;
  }
}

const OVERFLOW = 'overflow';
