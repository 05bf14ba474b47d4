import { expect, test } from 'vitest';
import { rowOf } from './figures.ts';
import { holds, type Scenario } from './scenario.ts';
import { SEED } from './seed.ts';

/** Runs a scenario and holds its figures to their limits. */
export function judge(...scenarios: readonly Scenario[]): void {
  for (const scenario of scenarios) {
    test(`${scenario.name} (SIMULATION_SEED=${SEED})`, async () => {
      const figures = await scenario.run(SEED);
      const broken = figures.filter((figure) => !holds(figure)).map((figure) => rowOf(scenario, figure));
      expect(broken).toEqual([]);
    });
  }
}
