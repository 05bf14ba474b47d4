import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SCENARIOS, tableOf } from './figures.ts';
import { type Figure, holds, type Scenario } from './scenario.ts';
import { SEED } from './seed.ts';

/** `npm run simulation [-- --write] [--only word]`: the figures of SIMULATION_SEED; `--write` puts them into the page. */
const PAGE = new URL('../../docs/resilience.md', import.meta.url);
const TABLE = /(<!-- figures -->\n)[\s\S]*?(<!-- \/figures -->)/;

const { values } = parseArgs({ options: { write: { type: 'boolean' }, only: { type: 'string', default: '' } } });
const results: { readonly scenario: Scenario; readonly figures: readonly Figure[] }[] = [];
const tell = (line: string): boolean => process.stdout.write(`${line}\n`);

for (const scenario of SCENARIOS.filter(({ name }) => name.includes(values.only))) {
  const started = performance.now();
  const figures = await scenario.run(SEED);
  results.push({ scenario, figures });
  tell(
    `${tableOf([{ scenario, figures }]).slice(2).join('\n')} ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
  for (const figure of figures) if (!holds(figure)) tell(`  NOT WITHIN ITS LIMIT: ${figure.what}`);
}
if (values.write) {
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(
    PAGE,
    page.replace(TABLE, (_all, before, after) => `${before}${tableOf(results).join('\n')}\n${after}`),
  );
}
if (!results.every(({ figures }) => figures.every(holds))) process.exitCode = 1;
