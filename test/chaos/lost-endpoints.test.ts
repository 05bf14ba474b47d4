import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Member, RUNTIMES } from '../blackbox/runtimes.ts';
import { type ChaosMesh, ORDERS, startChaosMesh } from './chaos-mesh.ts';
import { until } from './conditions.ts';
import { Load, type Outcome } from './load.ts';
import { memoryIsBack, residentOf } from './memory.ts';

const WORKERS = 4;
/** Failures in a row that open a breaker. */
const FAILURES = 7;
/** How long a try may take, milliseconds. */
const TRY = 1_000;

const policy = {
  apiVersion: 'gossamer.mesh/v1',
  kind: 'TrafficPolicy',
  metadata: { name: 'orders', namespace: 'shop' },
  spec: {
    targetRefs: [{ group: 'gossamer.mesh', kind: 'Service', name: 'orders' }],
    timeouts: { request: '5s', backendRequest: `${TRY}ms` },
    // The default would send to the endpoint that was slow long after it is fast again: here both are to be tried.
    loadBalancing: { type: 'RoundRobin' },
    breaker: { consecutiveFailures: FAILURES, open: { base: '1s', max: '2s' } },
  },
};

let mesh: ChaosMesh;
let routers: { readonly name: string; readonly knowsRefused: boolean; readonly member: Member }[] = [];
let loads: Load[] = [];
let before: number[] = [];
beforeAll(async () => {
  mesh = await startChaosMesh();
  await mesh.store.apply([policy]);
  const start = RUNTIMES.map(async ({ name, knowsRefused, start }) => {
    return { name, knowsRefused, member: await start('router', mesh.store.joinFile) };
  });
  routers = await Promise.all(start);
});
beforeEach(async () => {
  loads = routers.map(({ member }) => new Load({ url: member.url, to: ORDERS, as: mesh.cart, workers: WORKERS }));
  await servedByBoth('at first');
  before = routers.map(({ member }) => residentOf(member.program));
});
afterEach(async () => {
  for (const service of mesh.services) service.thaw();
  await Promise.all(loads.map((load) => load.stop()));
  expect(loads.flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(mesh.paidTwice()).toEqual([]);
});
afterAll(async () => {
  await Promise.all(routers.map(({ member }) => member.stop()));
  await mesh?.stop();
});

/** Waits for the newest `count` outcomes of every load to be as they should. */
async function each(what: string, count: number, isSo: (newest: readonly Outcome[]) => boolean): Promise<void> {
  const marks = loads.map((load) => load.since());
  const waiting = marks.map((mark, i) =>
    until(`${what}: ${routers[i]?.name}`, () => mark().length >= count && isSo(mark().slice(-count))),
  );
  await Promise.all(waiting);
}

const all200 = (newest: readonly Outcome[]): boolean => newest.every(({ status }) => status === 200);
const allBy = (name: string) => (newest: readonly Outcome[]) => newest.every(({ from }) => from === name);
const servedByBoth = (when: string): Promise<void> =>
  each(`both serve ${when}`, 60, (newest) => all200(newest) && new Set(newest.map(({ from }) => from)).size === 2);

/** What failed since, by router. */
const failures = (marks: readonly (() => Outcome[])[]): [(typeof routers)[number], Outcome[]][] =>
  routers.map((router, i) => [router, (marks[i]?.() ?? []).filter(({ status }) => status !== 200)]);

async function memoryIsBackInAll(): Promise<void> {
  for (const [i, router] of routers.entries()) {
    await memoryIsBack(router.member.program, before[i] as number);
  }
}

test('one of two is killed: the other serves, and the first serves again when it is back', async () => {
  const marks = loads.map((load) => load.since());
  const [one] = mesh.services;
  await one.kill();
  await each('the other serves', 150, allBy('two'));
  for (const [{ knowsRefused }, failed] of failures(marks)) {
    // What was under way when it died may have been processed: a POST of those is told so, and not sent again.
    expect(failed.filter(({ method, reason }) => method === 'GET' || reason !== 'upstream_reset')).toEqual([]);
    // One that cannot tell a refused connection from a broken one must take each for processed, until the breaker opens.
    expect(failed.length).toBeLessThanOrEqual(knowsRefused ? WORKERS : WORKERS + FAILURES + 5);
  }
  await one.startAgain();
  await servedByBoth('again');
  await memoryIsBackInAll();
});

test('one of two is frozen: after one opening of its breaker nobody waits for it any more', async () => {
  const marks = loads.map((load) => load.since());
  const [one] = mesh.services;
  one.freeze();
  await each('the other serves', 150, allBy('two'));
  for (const [, failed] of failures(marks)) {
    expect(failed.filter(({ method, reason }) => method === 'GET' || reason !== 'upstream_timeout')).toEqual([]);
    // Each opening costs the one request that tries whether it is back.
    expect(failed.length).toBeLessThanOrEqual(WORKERS + FAILURES + 5);
  }
  one.thaw();
  await servedByBoth('again');
  await memoryIsBackInAll();
});

test('both are frozen: callers are told at once, and are served when the two wake up', async () => {
  const marks = loads.map((load) => load.since());
  for (const service of mesh.services) service.freeze();
  const refused = ({ reason }: Outcome): boolean => reason === 'circuit_open';
  await each('told at once', 50, (newest) => newest.filter(refused).length >= 45);
  const slow = marks.flatMap((mark) => mark().filter((outcome) => refused(outcome) && outcome.milliseconds > TRY));
  // Only those that had waited for a try of their own before the breaker opened.
  expect(slow.length).toBeLessThanOrEqual(WORKERS * routers.length);
  for (const service of mesh.services) service.thaw();
  await servedByBoth('again');
  await each('without a failure', 100, all200);
  await memoryIsBackInAll();
});
