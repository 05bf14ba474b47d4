// Plain JavaScript on purpose: it runs on whatever Node (20 or newer) npm itself runs on, before anything is installed.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pinnedNode = join(root, 'node_modules', 'node', 'bin', 'node');
const binFolders = [join(root, 'node_modules', 'node', 'bin'), join(root, 'node_modules', '.bin')];

/** Child that runs now; a signal to this process goes on to its whole process group. */
let running;

function run(command, args, env = process.env, stdout = 'inherit') {
  return new Promise((resolve, reject) => {
    // A group of its own: Ctrl-C then reaches it exactly once, through us, also when it comes as a signal to us alone.
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: ['inherit', stdout, 'inherit'],
      detached: process.platform !== 'win32',
    });
    running = child;
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      running = undefined;
      resolve(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 130 : 1));
    });
  });
}

/** When the first signal came (performance.now()); one Ctrl-C can arrive twice, from the terminal and from npm. */
let stopping;

function stop(signal) {
  if (running?.pid === undefined) process.exit(130);
  if (stopping !== undefined && performance.now() - stopping < 1000) return;
  // A second Ctrl-C means it.
  const sent = stopping === undefined ? signal : 'SIGKILL';
  stopping ??= performance.now();
  try {
    process.kill(-running.pid, sent);
  } catch {
    running.kill(sent);
  }
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));

// npm that is told to end takes its shell along, but not what the shell started: notice that the parent is gone.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent && stopping === undefined) stop('SIGTERM');
}, 250).unref();

/** True when node_modules holds exactly what package-lock.json names (npm writes its own record of it last). */
function isInstalled() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record) || !existsSync(pinnedNode)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const held = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link) return true;
    const have = held[path];
    if (have === undefined) return entry.optional === true;
    return have.version === entry.version && have.integrity === entry.integrity;
  });
}

/** The environment without this checkout's own binaries: `npm ci` removes them while it runs. */
function outerEnv() {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(join(root, 'node_modules')));
  return { ...process.env, PATH: path.join(delimiter) };
}

async function install() {
  if (isInstalled()) return;
  // On the error output: the standard one may be a document.
  console.error('Installing the packages of package-lock.json (once, about half a minute) ...');
  const code = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], outerEnv(), 2);
  if (code === 0 && isInstalled()) return;
  if (stopping !== undefined) process.exit(130);
  console.error(
    code === 0
      ? 'npm ci ended well, but node_modules/node/bin/node is missing: are install scripts turned off (npm config get ignore-scripts)?'
      : 'npm ci failed: see its message above. Is the registry reachable (npm ping)?',
  );
  process.exit(1);
}

const innerEnv = () => ({ ...process.env, PATH: [...binFolders, process.env.PATH ?? ''].join(delimiter) });
const node = (...args) => run(pinnedNode, args, innerEnv());

/** A program of node_modules/.bin: its `env node` finds the pinned Node first. */
const tool = (name, ...args) => run(name, args, innerEnv());

const PLANES = ['snapshot', 'router', 'gateway', 'policy-store', 'workers', 'sdk', 'cli'];

/** In the order of cost: what fails fast is told first. */
const CHECKS = [
  ['format', () => tool('biome', 'format', '.')],
  ['lint', () => tool('biome', 'check', '--formatter-enabled=false', '--error-on-warnings', '.')],
  ['types', () => node(join('tools', 'check-types.ts'))],
  ['boundaries', () => tool('depcruise', '--config', '.dependency-cruiser.cjs', ...PLANES)],
  ['size', () => node(join('bench', 'size-budget.ts'))],
];

/** vitest projects: see vitest.config.ts. */
const SUITES = ['unit', 'contract', 'blackbox', 'chaos', 'simulation', 'fuzz', 'docs'];

async function runSuite(project, reports) {
  const report = join(reports, `${project}.json`);
  const code = await tool(
    'vitest',
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  );
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const told = JSON.parse(readFileSync(report, 'utf8'));
  // A file that does not even load has no failed test; it must not count as well.
  const broken = told.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failed = told.numFailedTests + broken;
  return {
    passed: told.numPassedTests,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: told.numPendingTests + told.numTodoTests,
  };
}

async function timed(name, work) {
  console.log(`\n=== ${name} ===`);
  const start = performance.now();
  const result = await work();
  if (stopping !== undefined) process.exit(130);
  return { name, seconds: (performance.now() - start) / 1000, ...result };
}

async function test() {
  const reports = mkdtempSync(join(tmpdir(), 'gossamer-test-'));
  process.on('exit', () => rmSync(reports, { recursive: true, force: true }));
  const rows = [];
  for (const [name, check] of CHECKS) {
    rows.push(await timed(name, async () => ({ passed: 0, failed: (await check()) === 0 ? 0 : 1, skipped: 0 })));
  }
  for (const project of SUITES) rows.push(await timed(project, () => runSuite(project, reports)));

  console.log('\n=== summary ===');
  for (const row of rows) {
    const outcome = row.failed > 0 ? `FAILED (${row.failed})` : 'ok';
    const tests = SUITES.includes(row.name) ? `${row.passed} tests` : '';
    console.log(`${row.name.padEnd(12)}${`${row.seconds.toFixed(1)} s`.padStart(9)}  ${outcome.padEnd(14)}${tests}`);
  }
  const sum = (member) => rows.reduce((total, row) => total + row[member], 0);
  if (sum('skipped') > 0) console.log(`${sum('skipped')} skipped`);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  return sum('failed') === 0 ? 0 : 1;
}

const [task, ...args] = process.argv.slice(2);
if (task === 'test') {
  await install();
  process.exitCode = await test();
} else if (task === 'start') {
  await install();
  process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'gossamer');
  process.exitCode = await node(join('examples', 'shop', 'start.ts'), ...args);
} else if (task === 'bench') {
  await install();
  process.exitCode = await node(join('bench', 'run.ts'), ...args);
} else {
  console.error('usage: node tools/run.js start|test|bench');
  process.exitCode = 2;
}
