import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PolicyStore } from '../blackbox/policy-store.ts';
import { type Member, RUNTIMES } from '../blackbox/runtimes.ts';
import { type ChaosMesh, chaosDocuments, ORDERS, startChaosMesh } from './chaos-mesh.ts';
import { until } from './conditions.ts';
import { DatabaseServer } from './database-server.ts';
import { Load } from './load.ts';
import { memoryIsBack, residentOf } from './memory.ts';
import { expectAllKept, Writer } from './writer.ts';

const [runtime] = RUNTIMES;
const second = mkdtempSync(join(tmpdir(), 'gossamer-chaos-'));
let server: DatabaseServer;
let mesh: ChaosMesh;
let other: PolicyStore;
let routers: Member[] = [];
beforeAll(async () => {
  server = await DatabaseServer.start();
  mesh = await startChaosMesh({ databaseUrl: server.url });
  // Stores on one database open what is sealed in it with one key.
  for (const name of ['key-encryption.key', 'router-token', 'admin-token']) {
    cpSync(join(dirname(mesh.store.joinFile), name), join(second, name));
  }
  other = await PolicyStore.start({ memory: false, data: second, databaseUrl: server.url });
  const start = [mesh.store, other].map(({ joinFile }) => runtime?.start('router', joinFile));
  routers = (await Promise.all(start)) as Member[];
});
afterAll(async () => {
  await Promise.all(routers.map((router) => router.stop()));
  await other?.program.stop('SIGKILL');
  await mesh?.stop();
  await server?.stop();
  rmSync(second, { recursive: true, force: true });
});

test.each([
  ['is killed', () => server.kill()],
  ['is shut down', () => server.shutDown()],
])('Postgres %s: two stores refuse, lose nothing, and go on when it is back', async (_, end) => {
  const loads = routers.map(({ url }) => new Load({ url, to: ORDERS, as: mesh.cart, workers: 2 }));
  const writers = [mesh.store, other].map((store, i) => new Writer(`w${i}-${crypto.randomUUID()}`, () => store));
  const servedOnAll = (): Promise<void> => {
    const marks = loads.map((load) => load.since());
    return until('traffic on all', () => marks.every((mark) => mark().length > 50));
  };
  await until('10 applies on both', () => writers.every(({ acknowledged }) => acknowledged.size > 10));
  const before = [mesh.store.program, other.program, ...routers.map(({ program }) => program)].map(
    (program) => [program, residentOf(program)] as const,
  );
  await end();
  await until('3 refusals on both', () => writers.every(({ refused }) => refused.length > 3));
  await servedOnAll();
  await server.startAgain();
  const kept = writers.map(({ acknowledged }) => acknowledged.size);
  const goesOn = ({ acknowledged }: Writer, i: number): boolean => acknowledged.size > (kept[i] as number) + 10;
  await until('10 more applies on both', () => writers.every(goesOn));
  await Promise.all(writers.map((writer) => writer.stop()));
  await expectAllKept(mesh.store, writers);
  await expectAllKept(other, writers);
  expect(writers.flatMap(({ refused }) => refused).filter(({ status }) => status !== 503)).toEqual([]);
  // What one store takes now, the routers of both are served with.
  const ports = mesh.services.map(({ port }) => port);
  await other.apply(chaosDocuments(ports.slice(1)));
  const { revision } = await other.call('POST', '/v1/apply', chaosDocuments(ports));
  await until('the newest revision on all', () =>
    loads.every(({ outcomes }) => (outcomes.at(-1)?.revision ?? 0) >= (revision as number)),
  );
  await Promise.all(loads.map((load) => load.stop()));
  expect(loads.flatMap(({ failed, wrong }) => [...failed, ...wrong])).toEqual([]);
  for (const [program, bytes] of before) await memoryIsBack(program, bytes);
});
