import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documentedIn, rowOf } from './figures.ts';
import { type Figure, holds, type Scenario } from './scenario.ts';
import { DOCUMENTED_SEED, SEED } from './seed.ts';

const page = readFileSync(new URL('../../docs/resilience.md', import.meta.url), 'utf8');

/** Runs a scenario and holds its figures to their limits, and those that the page tells to what they are. */
export function judge(...scenarios: readonly Scenario[]): void {
  for (const scenario of scenarios) {
    test(`${scenario.name} (SIMULATION_SEED=${SEED})`, async () => {
      const figures = await scenario.run(SEED);
      const rowsOf = (those: readonly Figure[]): string[] => those.map((figure) => rowOf(scenario, figure));
      expect(rowsOf(figures.filter((figure) => !holds(figure)))).toEqual([]);
      if (SEED !== DOCUMENTED_SEED) return;
      const untold = figures.filter((figure) => !isTold(figure, documentedIn(page, scenario, figure)));
      expect(rowsOf(untold), 'docs/resilience.md says something else: npm run simulation -- --write').toEqual([]);
    });
  }
}

/** Whatever draws once more or less in the router changes every figure a little: that alone makes no page wrong. */
function isTold({ value, unit }: Figure, told: number | undefined): boolean {
  if (told === undefined) return false;
  return Math.abs(value - told) <= 0.3 * Math.max(value, told) + (unit === 'ms' ? 10 : 1);
}
