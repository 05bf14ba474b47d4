import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Member, RUNTIMES } from '../blackbox/runtimes.ts';
import { type ChaosMesh, chaosDocuments, FRONT, ORDERS, startChaosMesh } from './chaos-mesh.ts';
import { until } from './conditions.ts';
import { Load } from './load.ts';
import { memoryIsBack, residentOf } from './memory.ts';
import { expectAllKept, Writer } from './writer.ts';

let mesh: ChaosMesh;
let members: Member[] = [];
let loads: Load[] = [];
let writers: Writer[] = [];
beforeAll(async () => {
  mesh = await startChaosMesh();
  const { joinFile } = mesh.store;
  members = await Promise.all([
    ...RUNTIMES.map((runtime) => runtime.start('router', joinFile)),
    ...RUNTIMES.filter(({ name }) => name === 'node').map((runtime) => runtime.start('gateway', joinFile)),
  ]);
});
beforeEach(() => {
  loads = members.map(({ url }, i) =>
    i < RUNTIMES.length
      ? new Load({ url, to: ORDERS, as: mesh.cart, workers: 2 })
      : new Load({ url, to: FRONT, workers: 2 }),
  );
  writers = ['a', 'b', 'c'].map((name) => new Writer(name, () => mesh.store));
});
afterEach(async () => {
  await Promise.all([...loads, ...writers].map((it) => it.stop()));
});
afterAll(async () => {
  await Promise.all(members.map((member) => member.stop()));
  await mesh?.stop();
});

const written = (): number => writers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
const servedSince = (): (() => boolean) => {
  const marks = loads.map((load) => load.since());
  return () => marks.every((mark) => mark().length > 50);
};

test('kill -9 during applies: what was acknowledged is there, and the routers go on meanwhile', async () => {
  // Warm: what traffic and new snapshots need, all of them have taken by now.
  await until('10 applies', () => written() > 10);
  await until('traffic on all', servedSince());
  await until('more traffic on all', servedSince());
  const before = members.map(({ program }) => residentOf(program));
  for (let round = 0; round < 2; round++) {
    const start = written();
    await until('10 applies', () => written() > start + 10);
    await mesh.store.stop('SIGKILL');
    await until('traffic on all without a store', servedSince());
    await mesh.restartStore();
  }
  await Promise.all(writers.map((writer) => writer.stop()));
  await expectAllKept(mesh.store, writers);
  expect(writers.flatMap(({ refused }) => refused).filter(({ status }) => status !== 0 && status !== 503)).toEqual([]);
  // The routers find the store again by themselves: what is applied now reaches all of them.
  const { revision } = await mesh.store.call('POST', '/v1/apply', chaosDocuments([mesh.services[0].port]));
  const isServed = (load: Load): boolean => (load.outcomes.at(-1)?.revision ?? 0) >= (revision as number);
  await until('the new revision on all', () => loads.every(isServed), 40);
  expect(loads.flatMap(({ failed }) => failed)).toEqual([]);
  expect(loads.flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(mesh.paidTwice()).toEqual([]);
  for (const [i, { program }] of members.entries()) {
    await memoryIsBack(program, before[i] as number);
  }
});
