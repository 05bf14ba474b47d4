import { spawn, spawnSync } from 'node:child_process';
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
  /** Answers other than 200, and none at all. */
  readonly failed: number;
}

const CONNECTIONS = 32;

/** wrk where it is installed, else autocannon, which costs more of the machine than what it measures. */
export const generator = spawnSync('wrk', ['-v']).error === undefined ? 'wrk' : 'autocannon';

/** As many requests as it can get answered. */
export const drive = (url: string, asks: readonly Ask[], seconds: number): Promise<Driven> =>
  generator === 'wrk' ? byWrk(url, asks, seconds) : byAutocannon(url, asks, seconds);

async function byWrk(url: string, asks: readonly Ask[], seconds: number): Promise<Driven> {
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-wrk-'));
  const file = join(folder, 'asks.lua');
  writeFileSync(file, luaOf(asks));
  try {
    const out = await output('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', file, url]);
    const found = /^RESULT (\S+) (\S+) (\S+)$/m.exec(out);
    if (found === null) throw new Error(`wrk said nothing that can be read:\n${out}`);
    const [rps = 0, p99 = 0, failed = 0] = found.slice(1).map(Number);
    return { rps, p99, failed };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Each thread formats its requests once. */
const luaOf = (asks: readonly Ask[]): string => `local asks = {}
local turn = 0
function init()
${asks.map(({ path, headers }) => `  asks[#asks + 1] = wrk.format("GET", ${lua(path)}, {${fields(headers)}})`).join('\n')}
end
function request()
  turn = turn % #asks + 1
  return asks[turn]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %.2f %.3f %d\\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
`;

const fields = (headers: Ask['headers']): string =>
  Object.entries(headers)
    .map(([name, value]) => `[${lua(name)}]=${lua(value)}`)
    .join(',');

const lua = (text: string): string => JSON.stringify(text);

async function byAutocannon(url: string, asks: readonly Ask[], seconds: number): Promise<Driven> {
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-cannon-'));
  const file = join(folder, 'asks.json');
  writeFileSync(file, JSON.stringify({ url, connections: CONNECTIONS, duration: seconds, requests: asks }));
  try {
    return JSON.parse(await output(process.execPath, ['bench/peers/cannon.js', file])) as Driven;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function output(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (text += part));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(text) : reject(new Error(`${command} ended with ${code}:\n${text}`)),
    );
  });
}
