import { Load } from '../../test/soak/load.ts';
import { median, percentile, type Row, rowOf } from '../rows.ts';
import type { Ask } from './mesh.ts';

export interface LatencyOptions {
  readonly rounds: number;
  readonly seconds: number;
  tell(line: string): void;
}

/** The 99th percentile of both at half of what Node does with the whole policy, pair by pair. */
export async function measureLatency(
  urls: { readonly own: string; readonly bare: string },
  capacity: readonly number[],
  asks: () => Promise<Ask[]>,
  { rounds, seconds, tell }: LatencyOptions,
): Promise<Row[]> {
  const rate = median(capacity) / 2;
  const seen = { own: [] as number[], bare: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    for (const name of ['bare', 'own'] as const) seen[name].push(await p99At(rate, urls[name], await asks(), seconds));
    const [own, bare] = [seen.own.at(-1) ?? Number.NaN, seen.bare.at(-1) ?? Number.NaN];
    tell(
      `round ${round + 1}/${rounds}  p99 at ${Math.round(rate)}/s: bare ${bare.toFixed(3)} ms, own ${own.toFixed(3)} ms`,
    );
  }
  const added = seen.own.map((own, round) => own - (seen.bare[round] ?? Number.NaN));
  return [
    rowOf('latency', 'p99 of bare node', seen.bare, 'ms'),
    rowOf('latency', 'p99 of gossamer on node', seen.own, 'ms'),
    rowOf('latency', 'p99 added by gossamer on node', added, 'ms'),
  ];
}

async function p99At(rate: number, url: string, asks: readonly Ask[], seconds: number): Promise<number> {
  const requests = asks.map(bytesOf);
  let turn = 0;
  const load = new Load(url, () => requests[turn++ % requests.length] as Buffer, 64);
  const took: number[] = [];
  const end = performance.now() + (seconds + 1) * 1000;
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

const bytesOf = ({ path, headers }: Ask): Buffer =>
  Buffer.from(
    `GET ${path} HTTP/1.1\r\n${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`,
    'latin1',
  );
