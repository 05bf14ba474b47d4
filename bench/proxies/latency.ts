import { median, type Row, rowOf } from '../rows.ts';
import type { Ask } from './mesh.ts';
import type { Steady, SteadyOptions } from './steady.ts';

export interface LatencyOptions {
  /** Where the load of a fixed rate is asked for. */
  readonly load: string;
  readonly own: string;
  readonly bare: string;
  readonly upstream: string;
  /** Requests a second: half of what the slower of the two can do. */
  readonly rate: number;
  /** Proofs hold for half a minute: each series gets fresh ones. */
  asks(): Promise<Ask[]>;
  readonly series: number;
  tell(line: string): void;
}

/**
 * Short windows, many of them: a program that takes the processor for some milliseconds spoils one, not all. The upstream
 * gets its own as well: how exact the load itself is.
 */
const WINDOW = { seconds: 0.1, windows: 16, warmUp: 3 };

/** The 99th percentile of both, window by window in turn; what ours adds is the median of the differences. */
export async function measureLatency(options: LatencyOptions): Promise<Row[]> {
  const bare: Steady[] = [];
  const own: Steady[] = [];
  const direct: Steady[] = [];
  for (let n = 0; n < options.series; n++) {
    const seen = await series(options);
    bare.push(...(seen[0] ?? []));
    own.push(...(seen[1] ?? []));
    direct.push(...(seen[2] ?? []));
  }
  const failures = [...bare, ...own].filter((one) => Object.keys(one.failures).length > 0);
  for (const one of failures) options.tell(`failed at a fixed rate: ${JSON.stringify(one.failures)}`);
  const [bareP99, ownP99] = [p99Of(bare), p99Of(own)];
  const added = ownP99.map((p99, n) => p99 - (bareP99[n] ?? Number.NaN));
  const text = (values: readonly number[]): string => `${median(values).toFixed(3)} ms`;
  options.tell(
    `p99 at ${Math.round(options.rate)}/s: bare ${text(bareP99)}, own ${text(ownP99)}, added ${text(added)}`,
  );
  return [
    rowOf('latency', 'rate', [options.rate], 'requests/s'),
    rowOf('latency', 'p99 of the upstream itself', p99Of(direct), 'ms'),
    ...p50(bare, own),
    rowOf('latency', 'p99 of bare node', bareP99, 'ms'),
    rowOf('latency', 'p99 of gossamer on node', ownP99, 'ms'),
    rowOf('latency', 'p99 added by gossamer on node', added, 'ms'),
  ];
}

const p99Of = (windows: readonly Steady[]): number[] => windows.map(({ p99 }) => p99);

const p50 = (bare: readonly Steady[], own: readonly Steady[]): Row[] => [
  rowOf(
    'latency',
    'p50 of bare node',
    bare.map(({ p50 }) => p50),
    'ms',
  ),
  rowOf(
    'latency',
    'p50 of gossamer on node',
    own.map(({ p50 }) => p50),
    'ms',
  ),
];

async function series({ load, own, bare, upstream, rate, asks }: LatencyOptions): Promise<Steady[][]> {
  const wanted: SteadyOptions = { ...WINDOW, urls: [bare, own, upstream], rate, requests: (await asks()).map(textOf) };
  const response = await fetch(load, { method: 'POST', body: JSON.stringify(wanted) });
  return (await response.json()) as Steady[][];
}

const textOf = ({ path, headers }: Ask): string =>
  `GET ${path} HTTP/1.1\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;
