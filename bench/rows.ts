/** One thing that was measured. */
export interface Row {
  readonly section:
    | 'proxies'
    | 'ratios'
    | 'latency'
    | 'pipeline'
    | 'micro'
    | 'size'
    | 'scale'
    | 'propagation'
    | 'cores';
  readonly name: string;
  /** Median of the rounds. */
  readonly value: number;
  readonly unit: string;
  /** Least and most of the rounds. */
  readonly spread?: readonly [number, number];
}

/** What was to be reached, and whether it was. A value that could not be measured here is null, and not met. */
export interface Target {
  readonly name: string;
  readonly value: number | null;
  /** `>= 0.9`, `<= 10 us` */
  readonly goal: string;
  readonly met: boolean;
}

export function rowOf(section: Row['section'], name: string, values: readonly number[], unit: string): Row {
  const sorted = values.toSorted((a, b) => a - b);
  const spread = [sorted[0] ?? Number.NaN, sorted.at(-1) ?? Number.NaN] as const;
  return { section, name, value: median(sorted), unit, ...(values.length > 1 && { spread }) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};
