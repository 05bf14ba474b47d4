import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ask } from './mesh.ts';

/** What the load generator saw in one run. */
export interface Driven {
  /** Requests a second. */
  readonly rps: number;
  /** Milliseconds. */
  readonly p99: number;
  /** Answers of 400 and up, and none at all. */
  readonly failed: number;
  /** By kind: `2 status, 1 read`. */
  readonly failures: string;
}

const CONNECTIONS = 32;

/** wrk where it is installed, else autocannon, which costs more of the machine than what it measures. */
export const generator = spawnSync('wrk', ['-v']).error === undefined ? 'wrk' : 'autocannon';

/** For so many seconds; or until so many requests were sent, within so many seconds (60). */
export type Length = { readonly seconds: number } | { readonly requests: number; readonly within?: number };

/** As many requests as it can get answered. */
export const drive = (url: string, asks: readonly Ask[], length: Length): Promise<Driven> =>
  generator === 'wrk' ? byWrk(url, asks, length) : byAutocannon(url, asks, length);

const ENOUGH = 'ENOUGH';

async function byWrk(url: string, asks: readonly Ask[], length: Length): Promise<Driven> {
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-wrk-'));
  const file = join(folder, 'asks.lua');
  const [seconds, requests] = 'seconds' in length ? [length.seconds, 0] : [length.within ?? 60, length.requests];
  writeFileSync(file, luaOf(asks, requests));
  try {
    const out = await output('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', file, url]);
    const found = /^RESULT (\S+) (\S+) (.+)$/m.exec(out);
    if (found === null) throw new Error(`wrk said nothing that can be read:\n${out}`);
    const [, rps, p99, counts = '{}'] = found;
    return { rps: Number(rps), p99: Number(p99), ...failuresOf(JSON.parse(counts)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Each thread formats its requests once. @param enough after so many it asks for its end; 0: it does not */
const luaOf = (asks: readonly Ask[], enough: number): string => `local asks = {}
local turn = 0
local sent = 0
function init()
${asks.map(({ path, headers }) => `  asks[#asks + 1] = wrk.format("GET", ${lua(path)}, {${fields(headers)}})`).join('\n')}
end
function request()
  turn = turn % #asks + 1
${enough === 0 ? '' : COUNT.replace('enough', String(enough))}  return asks[turn]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT %.2f %.3f {"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}\\n',
    summary.requests / (summary.duration / 1e6), latency:percentile(99) / 1000,
    e.connect, e.read, e.write, e.status, e.timeout))
end
`;

const COUNT = `  sent = sent + 1
  if sent == enough then
    io.write("${ENOUGH}\\n")
    io.flush()
  end
`;

function failuresOf(counts: Readonly<Record<string, number>>): Pick<Driven, 'failed' | 'failures'> {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return {
    failed: some.reduce((sum, [, count]) => sum + count, 0),
    failures: some.map(([kind, count]) => `${count} ${kind}`).join(', '),
  };
}

const fields = (headers: Ask['headers']): string =>
  Object.entries(headers)
    .map(([name, value]) => `[${lua(name)}]=${lua(value)}`)
    .join(',');

const lua = (text: string): string => JSON.stringify(text);

async function byAutocannon(url: string, asks: readonly Ask[], length: Length): Promise<Driven> {
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-cannon-'));
  const until = 'seconds' in length ? { duration: length.seconds } : { amount: length.requests };
  const file = join(folder, 'asks.json');
  writeFileSync(file, JSON.stringify({ url, connections: CONNECTIONS, ...until, requests: asks }));
  try {
    const { rps, p99, ...counts } = JSON.parse(await output(process.execPath, ['bench/peers/cannon.js', file]));
    return { rps, p99, ...failuresOf(counts) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

let loading: ChildProcess | undefined;

/** For an end before the time. */
export const endLoad = (): void => void loading?.kill('SIGKILL');

function output(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  loading = child;
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part) => {
      text += part;
      // wrk sleeps for its whole time but for this.
      if (part.includes(ENOUGH)) child.kill('SIGINT');
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(text) : reject(new Error(`${command} ended with ${code}:\n${text}`)),
    );
  });
}
