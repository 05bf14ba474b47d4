import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/** `npm run fuzz -- --seconds 600 [--seed N]`: every target for so long. */
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } } });
const run = spawnSync('vitest', ['run', '--project', 'fuzz'], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_SECONDS: values.seconds, ...(values.seed !== undefined && { FUZZ_SEED: values.seed }) },
});
process.exitCode = run.status ?? 1;
