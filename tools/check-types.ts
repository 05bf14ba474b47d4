import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Every TypeScript project of the checkout: the runtimes have globals of their own, so each has a project of its own. */
const PROJECTS = [
  'tsconfig.json',
  'tsconfig.neutral.json',
  'workers/cloudflare/tsconfig.json',
  'workers/deno/tsconfig.json',
  'workers/bun/tsconfig.json',
];

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));

let failed = 0;
for (const project of PROJECTS) {
  if (!existsSync(new URL(`../${project}`, import.meta.url))) continue;
  const run = spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' });
  console.log(`${run.status === 0 ? 'ok  ' : 'FAIL'} ${project}`);
  if (run.status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
