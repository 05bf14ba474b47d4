import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { head } from './client.ts';
import { meshDocuments } from './mesh.ts';
import { type Caller, PolicyStore } from './policy-store.ts';
import { jsonReady, Program, stopAll } from './process.ts';
import { Upstream } from './upstream.ts';

const TO = 'orders-a.shop.mesh';
/** That one of two gets none of so many connections happens twice in 10^12 runs. */
const CONNECTIONS = 40;

const scratch = mkdtempSync(join(tmpdir(), 'gossamer-shared-'));
let upstream: Upstream;
let store: PolicyStore;
let caller: Caller;
let started: Program[] = [];

async function start(port: number, reusePort = true): Promise<Program> {
  const data = mkdtempSync(join(scratch, 'router-'));
  const options = JSON.stringify({ command: 'router', join: store.joinFile, data, routerPort: port, reusePort });
  const program = await Program.start(process.execPath, ['workers/node/main.ts', options], { ready: jsonReady });
  started.push(program);
  return program;
}

/** Two routers on one port. */
async function startTwo(): Promise<[Program, Program]> {
  const first = await start(0);
  return [first, await start(Number(new URL(urlOf(first)).port))];
}

const urlOf = ({ ready }: Program): string => ready.router as string;

/** Statuses of so many requests, each on a connection of its own. */
async function statuses(url: string): Promise<number[]> {
  const headers = { 'mesh-authority': TO, ...(await caller.headersFor(TO)) };
  return Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const sent = request(url, { headers, agent: new Agent() }).end();
      const [answer] = await once(sent, 'response');
      answer.resume();
      return answer.statusCode;
    }),
  );
}

const allGood = Array.from({ length: CONNECTIONS }, () => 200);

/** Requests that one of them was asked. */
async function served({ ready }: Program): Promise<number> {
  const metrics = await (await fetch(`${ready.ops}/metrics`)).text();
  return Number(/^gossamer_router_stage_runs_total\{stage="screen"\} (\d+)$/m.exec(metrics)?.[1]);
}

beforeAll(async () => {
  [upstream, store] = await Promise.all([Upstream.start('a'), PolicyStore.start()]);
  await store.apply(meshDocuments(upstream, upstream, 1));
  caller = await store.enrol('shop', 'cart');
});
afterEach(async () => {
  await Promise.all(started.map((program) => program.stop('SIGKILL')));
  started = [];
});
afterAll(async () => {
  await store.stop();
  await stopAll();
  upstream.stop();
  rmSync(scratch, { recursive: true, force: true });
});

test('two routers on one port both serve', async () => {
  const two = await startTwo();
  expect(await statuses(urlOf(two[0]))).toEqual(allGood);
  const each = await Promise.all(two.map(served));
  expect(each.reduce((sum, count) => sum + count)).toBe(CONNECTIONS);
  for (const count of each) expect(count).toBeGreaterThan(0);
});

test('when one is killed the other serves', async () => {
  const [first, second] = await startTwo();
  await first.stop('SIGKILL');
  expect(await statuses(urlOf(second))).toEqual(allGood);
});

test('a new one takes its share while the old one drains what it has', async () => {
  const [first, second] = await startTwo();
  const held = await head(urlOf(first), { to: TO, path: '/hold', as: caller, headers: { 'x-test': 'shared' } });
  const third = await start(Number(new URL(urlOf(first)).port));
  const stopped = Promise.all([first.stop(), second.stop()]);
  await vi.waitFor(() => {
    for (const program of [first, second]) expect(program.lines.join()).toContain('stopping');
  });
  upstream.release('shared', 'last', true);
  expect(await text(held)).toBe('first;last');
  expect(await stopped).toEqual([0, 0]);
  expect(await statuses(urlOf(third))).toEqual(allGood);
});

test('who does not say that it shares finds the port in use', async () => {
  const first = await start(0);
  const port = Number(new URL(urlOf(first)).port);
  await expect(start(port, false)).rejects.toThrow(`port ${port} on 127.0.0.1 is in use`);
});
