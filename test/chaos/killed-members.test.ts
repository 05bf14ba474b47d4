import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { unusedPort } from '../blackbox/context.ts';
import { jsonReady, Program } from '../blackbox/process.ts';
import { type Member, type Role, RUNTIMES, type Runtime } from '../blackbox/runtimes.ts';
import { type ChaosMesh, FRONT, ORDERS, startChaosMesh } from './chaos-mesh.ts';
import { until } from './conditions.ts';
import { Load } from './load.ts';
import { memoryIsBack, residentOf } from './memory.ts';

const WORKERS = 4;

let mesh: ChaosMesh;
const ends: { stop(): Promise<unknown> }[] = [];
beforeAll(async () => {
  mesh = await startChaosMesh();
});
afterEach(async () => {
  await Promise.all(ends.splice(0).map((it) => it.stop()));
  expect(mesh.paidTwice()).toEqual([]);
});
afterAll(() => mesh?.stop());

/** Whatever it is, it ends with the test. */
function ending<T extends { stop(): Promise<unknown> }>(it: T): T {
  ends.push(it);
  return it;
}

const loadOn = (url: string, role: Role): Load =>
  ending(new Load({ url, workers: WORKERS, ...(role === 'router' ? { to: ORDERS, as: mesh.cart } : { to: FRONT }) }));

interface Victim {
  readonly name: string;
  readonly member: Member;
  readonly load: Load;
  /** Another one, at the same address. */
  startAgain(): Promise<Member>;
}

async function victimOf({ name, start }: Runtime, role: Role): Promise<Victim> {
  const env = { PORT: String(await unusedPort()) };
  const startAgain = async (): Promise<Member> => ending(await start(role, mesh.store.joinFile, env));
  const member = await startAgain();
  return { name, member, load: loadOn(member.url, role), startAgain };
}

/** What its callers saw, from the kill on. */
function expectNoInventions({ load, name }: Victim): void {
  const answered = load.outcomes.filter(({ status }) => status > 0);
  const refused = answered.filter(({ status }) => status !== 200);
  // Until it has a snapshot it refuses everything; from the first answer on it refuses nothing.
  expect(refused.filter(({ reason }) => reason !== 'snapshot_unavailable')).toEqual([]);
  expect(answered.slice(-50).filter(({ status }) => status !== 200)).toEqual([]);
  expect(load.outcomes.filter(({ status }) => status === -1).map(() => `${name}: hung`)).toEqual([]);
  expect(load.wrong).toEqual([]);
}

test.each(['router', 'gateway'] as const)('a %s is killed under load, and another takes its address', async (role) => {
  const victims = await Promise.all(RUNTIMES.map((runtime) => victimOf(runtime, role)));
  const survivor = await victimOf(RUNTIMES[0] as Runtime, 'router');
  const all = [...victims, survivor];
  await until('100 answers of each', () => all.every(({ load }) => load.succeeded > 100));
  const before = residentOf(survivor.member.program);
  await Promise.all(victims.map(({ member }) => member.program.stop('SIGKILL')));
  const during = victims.map(({ load }) => load.since());
  await until('callers who notice', () => during.every((mark) => mark().length > 20));
  // Nobody was there to answer: what failed is a connection, never a made-up answer.
  expect(victims.flatMap(({ load }) => load.failed).filter(({ status }) => status !== 0)).toEqual([]);
  await Promise.all(victims.map(({ startAgain }) => startAgain()));
  const later = victims.map(({ load }) => load.since());
  const good = (mark: () => { status: number }[]): number => mark().filter(({ status }) => status === 200).length;
  await until('100 answers of each successor', () => later.every((mark) => good(mark) > 100));
  for (const victim of victims) expectNoInventions(victim);
  expect([...survivor.load.failed, ...survivor.load.wrong]).toEqual([]);
  await memoryIsBack(survivor.member.program, before);
});

test('a router that is killed while there is no policy store starts again by what it kept', async () => {
  const data = mkdtempSync(join(tmpdir(), 'gossamer-chaos-'));
  const routerPort = await unusedPort();
  const options = JSON.stringify({ command: 'router', join: mesh.store.joinFile, data, routerPort });
  const start = (): Promise<Program> =>
    Program.start(process.execPath, ['workers/node/main.ts', options], { ready: jsonReady });
  const first = await start();
  const load = loadOn(first.ready.router as string, 'router');
  await until('50 answers', () => load.succeeded > 50);
  await mesh.store.program.stop('SIGKILL');
  await first.stop('SIGKILL');
  const later = load.since();
  ending(await start());
  await until('50 answers of its successor', () => later().filter(({ status }) => status === 200).length > 50);
  expect(load.failed.filter(({ status, reason }) => status > 0 && reason !== 'snapshot_unavailable')).toEqual([]);
  await mesh.restartStore();
  const { revision } = await mesh.store.call('POST', '/v1/apply', [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'new' } },
  ]);
  await until('the next revision', () => load.outcomes.at(-1)?.revision === revision);
  expect(load.wrong).toEqual([]);
  ends.push({ stop: async () => rmSync(data, { recursive: true, force: true }) });
});
