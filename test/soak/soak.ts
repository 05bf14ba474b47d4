/**
 * Holds routers under steady traffic at a share of what they can do, changes policies meanwhile, and tells whether a
 * request failed or memory grew. By hand, not in CI: `npm run soak -- --minutes 60 --runtimes node,bun`. One JSON line
 * a runtime; with `--plot FILE` a picture. Exit 1 when a request failed.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Member, RUNTIMES } from '../blackbox/runtimes.ts';
import { Load, type Outcome } from './load.ts';
import { processorSeconds, residentMegabytes } from './members.ts';
import { SoakMesh } from './mesh.ts';
import { type Line, type Panel, plot } from './plot.ts';

const SAMPLE_MS = 10_000;
/** Seconds that all routers are driven flat out for at the same time, to learn what they can do side by side. */
const WARM_UP = 10;
const MEASURED = 20;
const LANES = 16;
const MOST = 256;
const CHANGE_MS = 30_000;
const COLOURS = ['#2b7de9', '#d9480f', '#2f9e44', '#9c36b5'];

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    share: { type: 'string', default: '0.7' },
    runtimes: { type: 'string', default: 'node,bun' },
    plot: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const share = Number(values.share);
const chosen = RUNTIMES.filter(({ name }) => values.runtimes.split(',').includes(name));
if (!(minutes > 0 && minutes <= 120 && share > 0 && share <= 1) || chosen.length === 0) {
  process.stderr.write('soak: --minutes takes 0..120, --share 0..1, --runtimes some of node,deno,bun,workerd\n');
  process.exit(2);
}

/** What was seen in one stretch of time. */
interface Sample {
  readonly memory: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly rps: number;
  /** Of one processor. */
  readonly processor: number;
}

class Soak {
  readonly name: string;
  readonly member: Member;
  readonly load: Load;
  readonly samples: Sample[] = [];
  requests = 0;
  failed = 0;
  firstFailure: string | undefined;
  #took: number[] = [];
  #processor = 0;
  #sampledAt = performance.now();

  constructor(name: string, member: Member, mesh: SoakMesh) {
    this.name = name;
    this.member = member;
    this.load = new Load(member.url, mesh.compose, MOST, { echoes: true });
  }

  readonly tell = ({ took, failure }: Outcome): void => {
    this.requests++;
    this.#took.push(took);
    if (failure === undefined) return;
    this.failed++;
    this.firstFailure ??= failure;
  };

  sample(): Sample {
    const now = performance.now();
    const seconds = (now - this.#sampledAt) / 1000;
    const took = this.#took.toSorted((a, b) => a - b);
    const used = processorSeconds(this.name, this.member);
    const sample = {
      memory: residentMegabytes(this.name, this.member),
      p50: at(took, 0.5),
      p99: at(took, 0.99),
      rps: took.length / seconds,
      processor: (used - this.#processor) / seconds,
    };
    this.#took = [];
    this.#processor = used;
    this.#sampledAt = now;
    return sample;
  }
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
const median = (numbers: readonly number[]): number =>
  at(
    numbers.toSorted((a, b) => a - b),
    0.5,
  );
const rounded = (value: number): number => Number(value.toFixed(2));

const mesh = await SoakMesh.start();
const soaks: Soak[] = [];
try {
  for (const runtime of chosen) {
    soaks.push(new Soak(runtime.name, await runtime.start('router', mesh.store.joinFile), mesh));
  }
  await Promise.all(soaks.map(({ load, tell }) => load.flatOut(LANES, WARM_UP, tell)));
  const capacities = await Promise.all(soaks.map(({ load, tell }) => load.flatOut(LANES, MEASURED, tell)));
  process.stderr.write(
    `soak: capacity ${soaks.map(({ name }, i) => `${name} ${Math.round(capacities[i] as number)}/s`).join(', ')}\n`,
  );
  await hold(capacities.map((capacity) => capacity * share));
  for (const [i, soak] of soaks.entries())
    process.stdout.write(`${JSON.stringify(rowOf(soak, capacities[i] as number))}\n`);
  if (values.plot !== undefined) writeFileSync(values.plot, plot(panels(), minutes));
  process.exitCode = soaks.some(({ failed }) => failed > 0) ? 1 : 0;
} finally {
  for (const { load, member } of soaks) {
    load.stop();
    await member.stop();
  }
  await mesh.stop();
}

/** @param rates requests a second, one for each router */
async function hold(rates: readonly number[]): Promise<void> {
  for (const soak of soaks) soak.sample();
  const end = performance.now() + minutes * 60_000;
  const going = (): boolean => performance.now() < end;
  const sampler = setInterval(() => {
    for (const soak of soaks) soak.samples.push(soak.sample());
  }, SAMPLE_MS);
  const changing = change(going);
  await Promise.all(soaks.map(({ load, tell }, i) => load.steady(rates[i] as number, going, tell)));
  clearInterval(sampler);
  await changing;
}

async function change(going: () => boolean): Promise<void> {
  let next = performance.now();
  while (going()) {
    if (performance.now() >= next) {
      await mesh.change();
      next += CHANGE_MS;
    }
    await wait(500);
  }
}

function rowOf({ name, requests, failed, firstFailure, samples }: Soak, capacity: number): object {
  const eighth = Math.max(1, Math.floor(samples.length / 8));
  const eighths = Array.from({ length: 8 }, (_, i) => samples.slice(i * eighth, (i + 1) * eighth));
  return {
    runtime: name,
    capacity: Math.round(capacity),
    share,
    rps: Math.round(median(samples.map(({ rps }) => rps))),
    requests,
    failed,
    firstFailure,
    p50: rounded(median(samples.map(({ p50 }) => p50))),
    p99: rounded(median(samples.map(({ p99 }) => p99))),
    processor: rounded(median(samples.map(({ processor }) => processor))),
    /** Megabytes: medians of the eighths of the time. The first is warming up; flat is what matters after. */
    memory: eighths.map((part) => median(part.map(({ memory }) => memory))),
  };
}

function panels(): Panel[] {
  const lines = (of: (sample: Sample) => number): Line[] =>
    soaks.map(({ name, samples }, i) => ({ name, colour: COLOURS[i] ?? '#555', values: samples.map(of) }));
  return [
    { title: 'Resident memory, MB', lines: lines(({ memory }) => memory) },
    { title: 'Requests a second', lines: lines(({ rps }) => rps) },
    { title: '99th percentile of the answer, ms', lines: lines(({ p99 }) => p99) },
  ];
}
