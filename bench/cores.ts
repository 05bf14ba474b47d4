import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { V8_FLAGS } from '../cli/v8-flags.ts';
import { jsonReady, Program } from '../test/blackbox/process.ts';
import { answers, CONTESTANTS, type World } from './proxies/contestants.ts';
import { drive } from './proxies/drive.ts';
import { PEER_HEADER } from './proxies/envoy.ts';
import { BenchMesh } from './proxies/mesh.ts';
import { readyUrl } from './proxies/ready.ts';
import { haproxyConfig } from './proxies/static-configs.ts';
import { peerToken } from './proxies/tokens.ts';
import { median, type Row, rowOf } from './rows.ts';

export interface CoresOptions {
  readonly rounds: number;
  /** Of one run. */
  readonly seconds: number;
  tell(line: string): void;
}

/** Something that serves one port with so many processes or threads. */
interface Served {
  readonly url: string;
  readonly programs: readonly Program[];
}

/** Requests to each process before its first run. */
const WARM_UP = 20_000;
const haproxyIsThere = CONTESTANTS.find(({ name }) => name === 'haproxy')?.missing() === undefined;

/**
 * What a second process brings, beside what a second thread brings HAProxy: load and upstream want the same processors, so
 * that this is the measure of what can be had here. Nothing is placed on a processor of its own.
 */
export async function measureCores({ rounds, seconds, tell }: CoresOptions): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-cores-'));
  const upstream = await Program.start(process.execPath, ['bench/proxies/upstream.ts'], { ready: readyUrl });
  const upstreams = [upstream.ready.url as string, upstream.ready.second as string] as const;
  const mesh = await BenchMesh.start(upstreams);
  const { token, jwks } = await peerToken();
  const world = { upstreams, joinFile: mesh.store.joinFile, jwks };
  const served = new Map<string, Served>();
  try {
    for (const count of [1, 2]) {
      served.set(`gossamer on node, ${count} process${count === 1 ? '' : 'es'}`, await routers(world, folder, count));
      if (!haproxyIsThere) continue;
      served.set(`haproxy, ${count} thread${count === 1 ? '' : 's'}`, await haproxy(world, folder, count));
    }
    const rates = new Map<string, number[]>([...served.keys()].map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, { url, programs }] of served) {
        const asks = await mesh.asks({ [PEER_HEADER]: token });
        if (round === 0) await drive(url, asks, { requests: WARM_UP * programs.length });
        const { rps, failed, failures } = await drive(url, asks, { seconds });
        tell(`round ${round + 1}/${rounds}  ${name.padEnd(30)} ${Math.round(rps)} requests/s`);
        if (failed > 0) throw new Error(`${name} failed ${failed} requests: ${failures}`);
        rates.get(name)?.push(rps);
      }
    }
    return rowsOf(rates);
  } finally {
    for (const { programs } of served.values()) for (const program of programs) await program.stop('SIGKILL');
    await mesh.stop();
    await upstream.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

async function routers({ joinFile }: World, folder: string, count: number): Promise<Served> {
  const programs: Program[] = [];
  for (let n = 0; n < count; n++) {
    const [first] = programs;
    const routerPort = first === undefined ? 0 : Number(new URL(first.ready.router as string).port);
    const data = join(folder, `router-${count}-${n}`);
    const options = JSON.stringify({ command: 'router', join: joinFile, data, routerPort, reusePort: true });
    programs.push(
      await Program.start(process.execPath, [...V8_FLAGS, 'workers/node/main.ts', options], { ready: jsonReady }),
    );
  }
  return { url: programs[0]?.ready.router as string, programs };
}

async function haproxy(world: World, folder: string, threads: number): Promise<Served> {
  const { text, port } = await haproxyConfig(world);
  const file = join(folder, `haproxy-${threads}.conf`);
  writeFileSync(file, text.replace('nbthread 1', `nbthread ${threads}`));
  const start = 'PATH="$PATH:/usr/sbin"; echo started; exec haproxy -f "$1"';
  const program = await Program.start('sh', ['-c', start, 'haproxy', file], {
    ready: (line) => (line === 'started' ? {} : undefined),
  });
  const url = `http://127.0.0.1:${port}`;
  await answers(url, program);
  return { url, programs: [program] };
}

/** The rates, and what the second brought as a ratio: of each round, so that the machine's moods cancel out. */
function rowsOf(rates: ReadonlyMap<string, readonly number[]>): Row[] {
  const rows = [...rates].map(([name, values]) => rowOf('cores', name, values, 'requests/s'));
  const pairs = [
    ['gossamer on node', 'gossamer on node, 1 process', 'gossamer on node, 2 processes'],
    ['haproxy', 'haproxy, 1 thread', 'haproxy, 2 threads'],
  ] as const;
  return rows.concat(
    pairs.flatMap(([name, one, two]) => {
      const [single, double] = [rates.get(one), rates.get(two)];
      if (single === undefined || double === undefined) return [];
      const ratios = double.map((rate, n) => rate / (single[n] ?? Number.NaN));
      return Number.isFinite(median(ratios)) ? [rowOf('cores', `${name}, 2 / 1`, ratios, '')] : [];
    }),
  );
}
