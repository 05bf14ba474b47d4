/**
 * Holds each runtime under steady traffic and tells whether a request failed or memory grew. By hand, not in CI:
 * `npm run soak -- --minutes 10 --rps 50`. Exit 1 when a request failed.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { call } from '../blackbox/client.ts';
import { type Mesh, startMesh } from '../blackbox/context.ts';
import { processesOf } from '../blackbox/process.ts';
import { type Member, RUNTIMES } from '../blackbox/runtimes.ts';

const SAMPLE_MS = 10_000;
const PAGE = 4096;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, rps: { type: 'string', default: '50' } },
});
const minutes = Number(values.minutes);
const rps = Number(values.rps);
if (!(minutes > 0 && minutes <= 120 && rps > 0 && rps <= 500)) {
  process.stderr.write('soak: --minutes takes 0..120, --rps 1..500\n');
  process.exit(2);
}

interface Row {
  readonly runtime: string;
  readonly requests: number;
  readonly failed: number;
  readonly firstFailure: string | undefined;
  /** Megabytes: medians of the eighths of the time. The first ones are warming up; flat is what matters after. */
  readonly memory: readonly number[];
}

const mesh = await startMesh();
const members = await Promise.all(RUNTIMES.map((runtime) => runtime.start('router', mesh.store.joinFile)));
try {
  const rows = await Promise.all(RUNTIMES.map(({ name }, i) => soak(name, members[i] as Member)));
  for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  process.exitCode = rows.some((row) => row.failed > 0) ? 1 : 0;
} finally {
  await Promise.all(members.map((member) => member.stop()));
  await mesh.stop();
}
// Keep-alive connections of the client would hold the process open.
process.exit();

async function soak(runtime: string, member: Member): Promise<Row> {
  const end = performance.now() + minutes * 60_000;
  const memory: number[] = [];
  const tally = { requests: 0, failed: 0, firstFailure: undefined as string | undefined };
  const pending = new Set<Promise<void>>();
  const sampler = setInterval(() => memory.push(residentMegabytes(runtime, member)), SAMPLE_MS);
  const start = performance.now();
  for (let n = 0; performance.now() < end; n++) {
    await wait(Math.max(0, start + (n * 1000) / rps - performance.now()));
    const request = one(mesh, member, n).then((failure) => {
      tally.requests++;
      if (failure === undefined) return;
      tally.failed++;
      tally.firstFailure ??= failure;
    });
    pending.add(request);
    void request.finally(() => pending.delete(request));
  }
  await Promise.all(pending);
  clearInterval(sampler);
  const eighth = Math.max(1, Math.floor(memory.length / 8));
  const eighths = Array.from({ length: 8 }, (_, i) => median(memory.slice(i * eighth, (i + 1) * eighth)));
  return { runtime, ...tally, memory: eighths };
}

/** Every fourth request has a body. @returns what went wrong */
async function one({ cart }: Mesh, member: Member, n: number): Promise<string | undefined> {
  const post = n % 4 === 0;
  const ask = { to: 'orders.shop.mesh', path: '/any/echo', as: cart, method: post ? 'POST' : 'GET' };
  try {
    const answer = await call(member.url, post ? { ...ask, body: 'x'.repeat(1000) } : ask);
    return answer.status === 200 ? undefined : `${answer.status} ${answer.body.slice(0, 200)}`;
  } catch (error) {
    return String(error);
  }
}

/** Of the runtime itself: `wrangler dev` in front of workerd is a tool of development. */
function residentMegabytes(runtime: string, { program }: Member): number {
  const pages = processesOf(program.child.pid as number).map((pid) => {
    try {
      if (runtime === 'workerd' && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'workerd') return 0;
      return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    } catch {
      return 0;
    }
  });
  return Math.round((pages.reduce((sum, n) => sum + n, 0) * PAGE) / 1e6);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
