/** How one stage of the pipeline has done since the start. */
export interface StageStat {
  readonly stage: string;
  /** Times that it ran. */
  readonly count: number;
  /** Times that it ended the request, by a refusal or by an answer of its own. */
  readonly refused: number;
  /** Milliseconds in all, waits included. */
  readonly millis: number;
}

/** Counts by place in the list: nothing is allocated for a request. */
export class StageStats {
  readonly #names: readonly string[];
  readonly #counts: Float64Array;
  readonly #refused: Float64Array;
  readonly #millis: Float64Array;

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#counts = new Float64Array(names.length);
    this.#refused = new Float64Array(names.length);
    this.#millis = new Float64Array(names.length);
  }

  add(index: number, millis: number, stopped: boolean): void {
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#millis[index] = (this.#millis[index] ?? 0) + millis;
    if (stopped) this.#refused[index] = (this.#refused[index] ?? 0) + 1;
  }

  list(): readonly StageStat[] {
    return this.#names.map((stage, i) => ({
      stage,
      count: this.#counts[i] ?? 0,
      refused: this.#refused[i] ?? 0,
      millis: this.#millis[i] ?? 0,
    }));
  }
}
