/** Draws places by weight in logarithmic time. Made once for a list of weights. */
export class WeightedDraw {
  readonly #cumulative: Float64Array;
  /** All weights that are not 0 are the same. */
  readonly even: boolean;
  readonly total: number;

  constructor(weights: readonly number[]) {
    this.#cumulative = new Float64Array(weights.length);
    let total = 0;
    for (const [i, weight] of weights.entries()) {
      total += weight;
      this.#cumulative[i] = total;
    }
    this.total = total;
    const first = weights.find((weight) => weight > 0);
    this.even = weights.every((weight) => weight === 0 || weight === first);
  }

  /** @param chance uniform in [0, 1) @returns undefined when no weight is above 0 */
  draw(chance: number): number | undefined {
    if (this.total === 0) return undefined;
    const point = chance * this.total;
    let low = 0;
    let high = this.#cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#cumulative[middle] as number) > point) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
