import { readFileSync, writeFileSync } from 'node:fs';
import type { Role } from '../test/blackbox/runtimes.ts';
import type { Row } from './rows.ts';
import { bundleRow, measureSize, ROLES, START_ROW } from './size.ts';

/** What the bundles of Workers may weigh, and what they weighed last. kB are 1,000 bytes, as `gzip -9` leaves them. */
export interface SizeBudget {
  readonly bundles: Readonly<Record<Role, { readonly budget: number; readonly last: number }>>;
  /** Milliseconds from the start of workerd to the router's first answer: told, never a reason to fail. */
  readonly lastStart: number;
}

const FILE = new URL('size-budget.json', import.meta.url);

export const sizeBudget = (): SizeBudget => JSON.parse(readFileSync(FILE, 'utf8')) as SizeBudget;

/** A line for people, and whether all is within the budget. A figure that is missing is over it. */
export function judgeSize(rows: readonly Row[], { bundles, lastStart }: SizeBudget): { line: string; met: boolean } {
  const figureOf = (name: string): number => rows.find((row) => row.name === name)?.value ?? Number.POSITIVE_INFINITY;
  const parts = ROLES.map((role) => {
    const { budget, last } = bundles[role];
    const kilobytes = figureOf(bundleRow(role));
    const over = kilobytes <= budget ? '' : ' OVER ITS BUDGET';
    return `${role} ${kilobytes.toFixed(1)} kB gzip of ${budget} kB budget (last ${last})${over}`;
  });
  const start = `first answer on workerd after ${figureOf(START_ROW).toFixed(0)} ms (last ${lastStart})`;
  return {
    line: [...parts, start].join(', '),
    met: ROLES.every((role) => figureOf(bundleRow(role)) <= bundles[role].budget),
  };
}

/** The figures of now are the last ones from now on; budgets stay. */
export function withLast(rows: readonly Row[], { bundles }: SizeBudget): SizeBudget {
  const figureOf = (name: string): number => Number((rows.find((row) => row.name === name)?.value ?? 0).toFixed(1));
  const lastOf = (role: Role) => ({ budget: bundles[role].budget, last: figureOf(bundleRow(role)) });
  return {
    bundles: { router: lastOf('router'), gateway: lastOf('gateway') },
    lastStart: Math.round(figureOf(START_ROW)),
  };
}

/** `npm run size`, and with `--write` the figures are kept. */
if (import.meta.main) {
  const budget = sizeBudget();
  const rows = await measureSize(3);
  const { line, met } = judgeSize(rows, budget);
  process.stdout.write(`${line}\n`);
  if (process.argv.includes('--write')) writeFileSync(FILE, `${JSON.stringify(withLast(rows, budget), null, 2)}\n`);
  if (!met)
    process.stderr.write('Make it smaller, or say in the change why bench/size-budget.json has to allow more.\n');
  process.exitCode = met ? 0 : 1;
}
