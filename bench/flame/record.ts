import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Program, processesOf } from '../../test/blackbox/process.ts';
import type { Runtime } from '../../test/blackbox/runtimes.ts';
import { bundle, startWorkerd } from '../../test/blackbox/workerd.ts';
import { drive } from '../proxies/drive.ts';
import type { Ask, BenchMesh } from '../proxies/mesh.ts';
import { placeProxy } from '../proxies/place.ts';
import { startProfiler } from './inspector.ts';
import type { CpuProfile } from './profile.ts';

/** What a router did under load. */
export interface Recording {
  readonly profile: CpuProfile;
  /** Milliseconds from the start of the profile: under load and warm. */
  readonly loaded: readonly [number, number];
  /** Requests a second, while it was profiled. */
  readonly rps: number;
}

const SECONDS = 8;
const WARM_UP = 60_000;
/** Microseconds between two samples, where it is not the runtime's own choice. */
const INTERVAL = 500;
const QUIET = { GOSSAMER_ACCESS_LOG: 'refused' };

export const record = (runtime: Runtime, mesh: BenchMesh): Promise<Recording> =>
  runtime.name === 'workerd' ? recordWorkerd(mesh) : recordProgram(runtime, mesh);

/** A runtime that writes the profile of its whole life when it ends. */
async function recordProgram(runtime: Runtime, mesh: BenchMesh): Promise<Recording> {
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-flame-'));
  try {
    const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
    const started = performance.now();
    const { url, program, stop } = await runtime.start('router', mesh.store.joinFile, QUIET, flags);
    const asks = await warmUp(url, program, mesh);
    const from = performance.now() - started;
    const rps = await underLoad(url, asks);
    const to = performance.now() - started;
    await stop();
    const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'));
    if (file === undefined) throw new Error(`it wrote no profile:\n${program.lines.slice(-5).join('\n')}`);
    return { profile: JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile, loaded: [from, to], rps };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** workerd has an inspector, and a script in one piece: its map tells where a function stands. */
async function recordWorkerd(mesh: BenchMesh): Promise<Recording> {
  const { folder, script } = bundle('router', ['--minify=false']);
  const text = readFileSync(script, 'utf8');
  const map = new SourceMap(JSON.parse(readFileSync(`${script}.map`, 'utf8')));
  rmSync(folder, { recursive: true });
  const flags = ['--inspector-addr=127.0.0.1:0'];
  const { url, program, stop } = await startWorkerd('router', mesh.store.joinFile, QUIET, flags, text);
  try {
    const asks = await warmUp(url, program, mesh);
    const stopProfiler = await startProfiler(`http://127.0.0.1:${inspectorPort(program.lines)}`, INTERVAL);
    const rps = await underLoad(url, asks);
    return { profile: placed(await stopProfiler(), map), loaded: [0, Infinity], rps };
  } finally {
    await stop();
  }
}

/** @returns fresh requests: proofs age */
async function warmUp(url: string, program: Program, mesh: BenchMesh): Promise<Ask[]> {
  placeProxy(processesOf(program.child.pid as number));
  await drive(url, await mesh.asks(), { requests: WARM_UP });
  return mesh.asks();
}

async function underLoad(url: string, asks: readonly Ask[]): Promise<number> {
  const { rps, failures } = await drive(url, asks, { seconds: SECONDS });
  if (failures !== '') throw new Error(`the router failed under the load: ${failures}`);
  return rps;
}

function inspectorPort(lines: readonly string[]): number {
  const line = lines.find((text) => text.includes('"event":"listen-inspector"'));
  if (line === undefined) throw new Error('workerd did not say where its inspector is');
  return (JSON.parse(line) as { port: number }).port;
}

/** The same profile, its functions in the files that they were written in. */
function placed(profile: CpuProfile, map: SourceMap): CpuProfile {
  const nodes = profile.nodes.map((node) => {
    const { url, lineNumber, columnNumber = 0 } = node.callFrame;
    if (url === '' || url.includes(':')) return node;
    const entry = map.findEntry(lineNumber, columnNumber);
    return 'originalSource' in entry ? { ...node, callFrame: { ...node.callFrame, url: entry.originalSource } } : node;
  });
  return { ...profile, nodes };
}
