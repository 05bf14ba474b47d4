import { writeFileSync } from 'node:fs';
import { Program, stopAll } from '../../test/blackbox/process.ts';
import { ALL_RUNTIMES, type Runtime } from '../../test/blackbox/runtimes.ts';
import { BenchMesh } from '../proxies/mesh.ts';
import { placeLoad } from '../proxies/place.ts';
import { readyUrl } from '../proxies/ready.ts';
import { OWNERS, ownerOf } from './owners.ts';
import { type Frame, foldProfile, selfTimes } from './profile.ts';
import { record } from './record.ts';
import { flameSvg } from './svg.ts';

const NAMES: readonly string[] = ALL_RUNTIMES.map(({ name }) => name);

const HELP = `npm run bench:flame [-- ${NAMES.join(' | ')} ...]

Where the router spends its time under the load of the benchmark: docs/flame-<runtime>.svg for each runtime named (none:
all), and on stdout whose code ran how long. Leave the machine alone while it runs, half a minute each.

Ends with 0 when all were drawn, 1 when one failed, 2 when the arguments are wrong.
`;

const TITLES: Readonly<Record<Runtime['name'], string>> = {
  node: 'Node',
  deno: 'Deno',
  bun: 'Bun',
  workerd: 'workerd',
};
const MOST_TOLD = 12;

async function draw(runtime: Runtime, mesh: BenchMesh): Promise<void> {
  const { profile, loaded, rps } = await record(runtime, mesh);
  const root = foldProfile(profile, loaded);
  const requests = `${Math.round(rps).toLocaleString('en-US')} requests a second, profiled`;
  const svg = flameSvg(root, `The router on ${TITLES[runtime.name]} under the load of the benchmark: ${requests}`);
  writeFileSync(new URL(`../../docs/flame-${runtime.name}.svg`, import.meta.url), svg);
  const size = (svg.length / 1000).toFixed(1);
  process.stdout.write(`docs/flame-${runtime.name}.svg: ${size} kB, ${requests}\n${toldOf(root)}\n`);
}

/** Whose code ran how long, and the functions that ran longest. */
function toldOf(root: Frame): string {
  const percent = (time = 0): string => `${((time / root.time) * 100).toFixed(1)} %`;
  const owners = selfTimes(root, (frame) => ownerOf(frame).name);
  const functions = [...selfTimes(root, ({ name, place }) => `${name} ${place}`.trimEnd())];
  const busiest = functions.toSorted((a, b) => b[1] - a[1]).slice(0, MOST_TOLD);
  return [
    `  ${OWNERS.map(({ name }) => `${name} ${percent(owners.get(name))}`).join(', ')}`,
    ...busiest.map(([name, time]) => `  ${percent(time).padStart(7)}  ${name}`),
  ].join('\n');
}

async function drawAll(runtimes: readonly Runtime[]): Promise<void> {
  placeLoad(process.pid);
  const upstream = await Program.start(process.execPath, ['bench/proxies/upstream.ts'], { ready: readyUrl });
  const mesh = await BenchMesh.start([upstream.ready.url as string, upstream.ready.second as string]);
  try {
    for (const runtime of runtimes) await draw(runtime, mesh);
  } finally {
    await mesh.stop();
    await upstream.stop('SIGKILL');
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stopAll().then(() => process.exit(130)));

const words = process.argv.slice(2);
const unknown = words.find((word) => !['--help', '-h', ...NAMES].includes(word));
if (unknown !== undefined) {
  process.stderr.write(`Unknown argument '${unknown}': it takes ${NAMES.join(', ')} and --help\n`);
  process.exit(2);
}
if (words.includes('--help') || words.includes('-h')) {
  process.stdout.write(HELP);
  process.exit(0);
}
const named = ALL_RUNTIMES.filter(({ name }) => words.includes(name));
try {
  await drawAll(named.length > 0 ? named : ALL_RUNTIMES);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  await stopAll();
  process.exit(1);
}
