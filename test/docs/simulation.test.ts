import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SCENARIOS } from '../simulation/figures.ts';

const page = readFileSync(new URL('../../docs/resilience.md', import.meta.url), 'utf8');
const table = page.slice(page.indexOf('<!-- figures -->'), page.indexOf('<!-- /figures -->'));

/** That the figures are what the simulation gives is looked at where it runs: test/simulation/judged.ts. */
test('every simulated world stands in the table of resilience.md, and nothing else does', () => {
  const told = [...table.matchAll(/^\| ([^|]+?) \| [^|]+ \| [^|]* \| [\d.]+ /gm)].map(([, name]) => name);
  expect([...new Set(told)]).toEqual(SCENARIOS.map(({ name }) => name));
});
