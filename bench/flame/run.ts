import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_FLAGS } from '../../cli/node-flags.ts';
import { jsonReady, Program, processesOf, stopAll } from '../../test/blackbox/process.ts';
import { drive } from '../proxies/drive.ts';
import { BenchMesh } from '../proxies/mesh.ts';
import { placeLoad, placeProxy } from '../proxies/place.ts';
import { readyUrl } from '../proxies/ready.ts';
import { type CpuProfile, foldProfile } from './profile.ts';
import { flameSvg } from './svg.ts';

/** `npm run bench:flame`: where the router on Node spends its time under the load of the benchmark, into docs/flame.svg. */
const SECONDS = 8;
const WARM_UP = 60_000;
const FILE = new URL('../../docs/flame.svg', import.meta.url);

async function profileRouter(): Promise<{ profile: CpuProfile; loaded: [number, number]; rps: number }> {
  placeLoad(process.pid);
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-flame-'));
  const upstream = await Program.start(process.execPath, ['bench/proxies/upstream.ts'], { ready: readyUrl });
  const mesh = await BenchMesh.start([upstream.ready.url as string, upstream.ready.second as string]);
  try {
    const options = { command: 'router', join: mesh.store.joinFile, data: join(folder, 'data'), routerPort: 0 };
    const flags = [
      ...NODE_FLAGS,
      '--cpu-prof',
      `--cpu-prof-dir=${folder}`,
      'workers/node/main.ts',
      JSON.stringify(options),
    ];
    const started = performance.now();
    const router = await Program.start(process.execPath, flags, { ready: jsonReady });
    placeProxy(processesOf(router.child.pid as number));
    const url = router.ready.router as string;
    await drive(url, await mesh.asks(), { requests: WARM_UP });
    const asks = await mesh.asks();
    const from = performance.now() - started;
    const { rps, failures } = await drive(url, asks, { seconds: SECONDS });
    const loaded: [number, number] = [from, performance.now() - started];
    if (failures !== '') throw new Error(`the router failed under the load: ${failures}`);
    await router.stop();
    const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'));
    if (file === undefined) throw new Error(`node wrote no profile:\n${router.lines.slice(-5).join('\n')}`);
    return { profile: JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile, loaded, rps };
  } finally {
    await mesh.stop();
    await upstream.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stopAll().then(() => process.exit(130)));

const { profile, loaded, rps } = await profileRouter();
const requests = `${Math.round(rps).toLocaleString('en-US')} requests a second, profiled`;
const svg = flameSvg(foldProfile(profile, loaded), `The router on Node under the load of the benchmark: ${requests}`);
writeFileSync(FILE, svg);
process.stdout.write(`docs/flame.svg: ${(svg.length / 1000).toFixed(1)} kB, ${requests}\n`);
process.exit(0);
