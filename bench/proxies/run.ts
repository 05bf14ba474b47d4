import { Program, processesOf } from '../../test/blackbox/process.ts';
import { Load } from '../../test/soak/load.ts';
import { median, percentile, type Row, rowOf } from '../rows.ts';
import { CONTESTANTS, type Contestant, type Running, type World } from './contestants.ts';
import { drive } from './drive.ts';
import { type Ask, BenchMesh } from './mesh.ts';
import { placeLoad, placeProxy } from './place.ts';
import { readyUrl } from './ready.ts';
import { peerToken } from './tokens.ts';

export interface ProxyOptions {
  readonly rounds: number;
  /** Of one run; a second more of warming up goes before. */
  readonly seconds: number;
  readonly only: (contestant: Contestant) => boolean;
  tell(line: string): void;
}

/** Every contestant in turn, round by round, so that what else the machine does hits all of them alike. */
export async function runProxies(options: ProxyOptions): Promise<Row[]> {
  placeLoad();
  const upstream = await Program.start(process.execPath, ['bench/proxies/upstream.js'], { ready: readyUrl });
  const upstreams = [upstream.ready.url as string, upstream.ready.second as string] as const;
  const mesh = await BenchMesh.start(upstreams);
  const { token, jwks } = await peerToken();
  const world = { upstreams, joinFile: mesh.store.joinFile, jwks };
  const running = await start(world, options);
  try {
    const bench = new Bench(mesh, token, options);
    const rates = await bench.throughput(running);
    const rows = [...rates].map(([name, values]) => rowOf('proxies', name, values, 'requests/s'));
    return [...rows, ...(await bench.latency(running, rates))];
  } finally {
    for (const { stop } of running.values()) await stop();
    await mesh.stop();
    await upstream.stop('SIGKILL');
  }
}

async function start(world: World, { only, tell }: ProxyOptions): Promise<Map<string, Running>> {
  const running = new Map<string, Running>();
  for (const contestant of CONTESTANTS.filter(only)) {
    const missing = contestant.missing();
    if (missing !== undefined) {
      tell(`${contestant.name} takes no part: ${missing}`);
      continue;
    }
    const member = await contestant.start(world);
    placeProxy(processesOf(member.program.child.pid as number));
    running.set(contestant.name, member);
  }
  return running;
}

class Bench {
  readonly #mesh: BenchMesh;
  readonly #token: string;
  readonly #options: ProxyOptions;

  constructor(mesh: BenchMesh, token: string, options: ProxyOptions) {
    this.#mesh = mesh;
    this.#token = token;
    this.#options = options;
  }

  /** Proofs age: each run gets fresh ones. */
  #asks(name: string): Promise<Ask[]> {
    return this.#mesh.asks(name === 'envoy' ? { Authorization: `Bearer ${this.#token}` } : {});
  }

  async throughput(running: ReadonlyMap<string, Running>): Promise<Map<string, number[]>> {
    const { rounds, seconds, tell } = this.#options;
    const rates = new Map<string, number[]>([...running.keys()].map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, { url }] of running) {
        const asks = await this.#asks(name);
        await drive(url, asks, 1);
        const { rps, failed } = await drive(url, asks, seconds);
        if (failed > 0) throw new Error(`${name} failed ${failed} requests`);
        rates.get(name)?.push(rps);
        tell(`round ${round + 1}/${rounds}  ${name.padEnd(20)} ${Math.round(rps)} requests/s`);
      }
    }
    return rates;
  }

  /** The 99th percentile at half of what Node does with the whole policy. */
  async latency(running: ReadonlyMap<string, Running>, rates: ReadonlyMap<string, number[]>): Promise<Row[]> {
    const pair = ['bare node', 'gossamer on node'].filter((name) => running.has(name));
    if (pair.length < 2) return [];
    const rate = median(rates.get('gossamer on node') ?? []) / 2;
    const seen = new Map<string, number[]>(pair.map((name) => [name, []]));
    for (let round = 0; round < this.#options.rounds; round++) {
      for (const name of pair) {
        const p99 = await this.#p99At(rate, (running.get(name) as Running).url, await this.#asks(name));
        seen.get(name)?.push(p99);
        this.#options.tell(`round ${round + 1}  ${name.padEnd(20)} p99 ${p99.toFixed(2)} ms at ${Math.round(rate)}/s`);
      }
    }
    return [...seen].map(([name, values]) => rowOf('latency', name, values, 'ms'));
  }

  async #p99At(rate: number, url: string, asks: readonly Ask[]): Promise<number> {
    const requests = asks.map(bytesOf);
    let turn = 0;
    const load = new Load(url, () => requests[turn++ % requests.length] as Buffer, 64);
    const took: number[] = [];
    const end = performance.now() + (this.#options.seconds + 1) * 1000;
    const from = performance.now() + 1000;
    await load.steady(
      rate,
      () => performance.now() < end,
      (outcome) => {
        if (outcome.failure !== undefined) throw new Error(outcome.failure);
        if (performance.now() > from) took.push(outcome.took);
      },
    );
    load.stop();
    return percentile(took, 0.99);
  }
}

const bytesOf = ({ path, headers }: Ask): Buffer =>
  Buffer.from(
    `GET ${path} HTTP/1.1\r\n${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`,
    'latin1',
  );
