/** One number that a scenario ends with, and what it must be. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: '%' | 'ms' | 's' | 'times';
  /** Absent: told, not judged: what would be without the mechanism, for comparison. */
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** A world in which something goes wrong. */
export interface Scenario {
  /** As the table in docs/resilience.md has it. */
  readonly name: string;
  run(seed: string): Promise<readonly Figure[]>;
}

/** @param share in 0..1 */
export const percent = (what: string, share: number, limit: Pick<Figure, 'atMost' | 'atLeast'> = {}): Figure => ({
  what,
  value: share * 100,
  unit: '%',
  ...limit,
});

export const holds = ({ value, atMost, atLeast }: Figure): boolean =>
  (atMost === undefined || value <= atMost) && (atLeast === undefined || value >= atLeast);
