import { measure } from 'mitata';
import type { Row } from '../rows.ts';

/** How long each thing is repeated, milliseconds of processor time. */
export interface Effort {
  readonly ms: number;
}

const NANOSECONDS = { ns: 1, us: 1e3, ms: 1e6 } as const;

/** One thing that is done over and over. */
export interface Timed {
  readonly name: string;
  readonly unit: keyof typeof NANOSECONDS;
  /** How often one run does it; 1 when absent. */
  readonly times?: number;
  readonly run: () => unknown;
}

/** The median of what one takes; the spread is that of the middle half. */
export async function timed({ name, unit, times = 1, run }: Timed, { ms }: Effort): Promise<Row> {
  const { p25, p50, p75 } = await measure(run, { min_cpu_time: ms * 1e6, inner_gc: false, gc: false });
  const [least, value, most] = [p25, p50, p75].map((ns) => ns / times / NANOSECONDS[unit]) as [number, number, number];
  return { section: 'micro', name, value, unit, spread: [least, most] };
}

/** One after the other. */
export async function allTimed(cases: readonly Timed[], effort: Effort): Promise<Row[]> {
  const rows: Row[] = [];
  for (const one of cases) rows.push(await timed(one, effort));
  return rows;
}
