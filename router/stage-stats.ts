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

/**
 * For a runtime that shows them: each stage then costs a look at the clock. Counts by place in the list: nothing is
 * allocated for a request.
 */
export class StageStats {
  #names: readonly string[] = [];
  #counts = new Float64Array(0);
  #refused = new Float64Array(0);
  #millis = new Float64Array(0);

  /** @param names of the stages of the one pipeline that is counted, in order */
  begin(names: readonly string[]): void {
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
