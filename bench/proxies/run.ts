import { Program, processesOf } from '../../test/blackbox/process.ts';
import { median, type Row, rowOf } from '../rows.ts';
import { CONTESTANTS, type Contestant, type Running, type World } from './contestants.ts';
import { drive } from './drive.ts';
import { PEER_HEADER } from './envoy.ts';
import { measureLatency } from './latency.ts';
import { type Ask, BenchMesh } from './mesh.ts';
import { placeLoad, placeProxy } from './place.ts';
import { ratiosOf } from './ratios.ts';
import { readyUrl } from './ready.ts';
import { peerToken } from './tokens.ts';

export interface ProxyOptions {
  readonly rounds: number;
  /** Of one run. */
  readonly seconds: number;
  /** Before the first run of each that has compilers to wait for; PRIME goes before each run. */
  readonly warmUp: { readonly requests: number; readonly within: number };
  /** Of latency, ten seconds each; 0: none. */
  readonly series: number;
  readonly only: (contestant: Contestant) => boolean;
  tell(line: string): void;
  /** Something that takes no part, or no more. @param failed it should have */
  skip(name: string, reason: string, failed: boolean): void;
}

const NATIVE: ReadonlySet<string> = new Set(CONTESTANTS.filter(({ native }) => native).map(({ name }) => name));

/** Each of the different requests some times, so that a new proof is nobody's first. */
const PRIME = 400;

/** Every contestant in turn, round by round, so that what else the machine does hits all of them alike. */
export async function runProxies(options: ProxyOptions): Promise<Row[]> {
  const upstream = await Program.start(process.execPath, ['bench/proxies/upstream.ts'], { ready: readyUrl });
  const upstreams = [upstream.ready.url as string, upstream.ready.second as string] as const;
  const mesh = await BenchMesh.start(upstreams);
  const { token, jwks } = await peerToken();
  const running = new Map<string, Running>();
  let replace = (): void => undefined;
  try {
    await start({ upstreams, joinFile: mesh.store.joinFile, jwks }, options, running);
    for (const { child } of [upstream, mesh.store.program]) placeLoad(child.pid as number);
    replace = placeLoad(process.pid);
    const bench = new Bench(mesh, token, options);
    const rates = await bench.throughput(running);
    const rows = [...rates].map(([name, values]) => rowOf('proxies', name, values, 'requests/s'));
    return [...rows, ...ratiosOf(rates), ...(await bench.latency(running, rates, upstream.ready))];
  } finally {
    for (const { program, stop } of running.values()) {
      program.go();
      await stop();
    }
    await mesh.stop();
    await upstream.stop('SIGKILL');
    replace();
  }
}

/** All at once; from then on each gets the processor in its turn only: an idle program is never quite idle. */
async function start(world: World, { only, skip }: ProxyOptions, running: Map<string, Running>): Promise<void> {
  const one = async (contestant: Contestant): Promise<Running | undefined> => {
    const missing = contestant.missing();
    if (missing !== undefined) return void skip(contestant.name, missing, false);
    try {
      return await contestant.start(world);
    } catch (error) {
      return void skip(contestant.name, String(error), true);
    }
  };
  const wanted = CONTESTANTS.filter(only);
  const started = await Promise.all(wanted.map(one));
  for (const [n, { name }] of wanted.entries()) {
    const member = started[n];
    if (member === undefined) continue;
    running.set(name, member);
    placeProxy(processesOf(member.program.child.pid as number));
    member.program.freeze();
  }
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

  /** The same bytes for everybody. Proofs age: each run gets fresh ones. */
  #asks(): Promise<Ask[]> {
    return this.#mesh.asks({ [PEER_HEADER]: this.#token });
  }

  async throughput(running: ReadonlyMap<string, Running>): Promise<Map<string, number[]>> {
    const { rounds, warmUp } = this.#options;
    const rates = new Map<string, number[]>([...running.keys()].map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, member] of running) {
        if (!rates.has(name)) continue;
        member.program.go();
        if (round === 0 && !NATIVE.has(name)) await drive(member.url, await this.#asks(), warmUp);
        if (!(await this.#run(name, member, round, rates))) rates.delete(name);
        member.program.freeze();
      }
    }
    return rates;
  }

  /** @returns false: it can not go on */
  async #run(name: string, { url, program }: Running, round: number, rates: Map<string, number[]>): Promise<boolean> {
    const { rounds, seconds, tell, skip } = this.#options;
    const asks = await this.#asks();
    await drive(url, asks, { requests: PRIME });
    const { rps, failed, failures } = await drive(url, asks, { seconds });
    tell(`round ${round + 1}/${rounds}  ${name.padEnd(20)} ${Math.round(rps)} requests/s`);
    if (failed > 0) tell(`  ${name} failed ${failed} requests: ${failures}`);
    rates.get(name)?.push(rps);
    if (program.child.exitCode === null && failed < (rps * seconds) / 1000) return true;
    skip(name, `${failures || 'it ended'}; it said last: ${program.lines.at(-1) ?? 'nothing'}`, true);
    return false;
  }

  async latency(
    running: ReadonlyMap<string, Running>,
    rates: ReadonlyMap<string, readonly number[]>,
    { load, url: upstream }: Program['ready'],
  ): Promise<Row[]> {
    const pair = [running.get('gossamer on node'), running.get('bare node')];
    for (const member of pair) member?.program.go();
    const [own, bare] = pair.map((member) => member?.url);
    const capacity = rates.get('gossamer on node');
    const { series, tell } = this.#options;
    if (own === undefined || bare === undefined || capacity === undefined || series === 0) return [];
    if (load === undefined || upstream === undefined) return [];
    return measureLatency({
      load,
      upstream,
      own,
      bare,
      rate: median(capacity) / 2,
      asks: () => this.#asks(),
      series,
      tell,
    });
  }
}
