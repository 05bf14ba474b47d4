import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call } from '../test/blackbox/client.ts';
import { type Caller, PolicyStore } from '../test/blackbox/policy-store.ts';
import { type Member, RUNTIMES } from '../test/blackbox/runtimes.ts';
import { residentMegabytes } from '../test/soak/members.ts';
import { CountingProxy } from './counting-proxy.ts';
import { percentile, type Row, rowOf } from './rows.ts';

const SERVICES = 10_000;
const ROUTES = 5;
const USED = 100;
const BATCH = 500;
const CHANGES = 50;

const GOSSAMER = 'gossamer.mesh/v1';
const meta = (name: string) => ({ name, namespace: 'shop' });
const nameOf = (n: number): string => `svc-${n}`;
const authorityOf = (n: number): string => `${nameOf(n)}.shop.mesh`;

const documentsOf = (n: number): object[] => [
  {
    apiVersion: GOSSAMER,
    kind: 'Service',
    metadata: meta(nameOf(n)),
    spec: { endpoints: [{ url: 'http://127.0.0.1:9' }] },
  },
  routeOf(n, 301),
];

/** Rules that answer by themselves: what is measured is the mesh, not a service. */
const routeOf = (n: number, statusCode: number): object => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: meta(nameOf(n)),
  spec: {
    parentRefs: [{ group: '', kind: 'Service', name: nameOf(n) }],
    rules: Array.from({ length: ROUTES }, (_, rule) => ({
      matches: [{ path: { type: 'PathPrefix', value: `/api/v1/resource-${rule}` } }],
      filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'moved.example', statusCode } }],
    })),
  },
});

const allowAll = {
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: meta('all'),
  spec: { action: 'ALLOW', rules: [{ from: [{ source: { namespaces: ['shop'] } }] }] },
};

/** 10,000 services: what a change costs, what a router holds, and how soon it follows. */
export async function measureScale(tell: (line: string) => void): Promise<Row[]> {
  const node = RUNTIMES.find(({ name }) => name === 'node');
  if (node === undefined) return [];
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-scale-'));
  const [store, empty] = await Promise.all([PolicyStore.start(), PolicyStore.start()]);
  const proxy = await CountingProxy.start(store.url);
  const joinFile = join(folder, 'router-join.json');
  const members: Member[] = [];
  try {
    const publish = await fill(store, tell);
    writeFileSync(joinFile, JSON.stringify({ ...JSON.parse(readFileSync(store.joinFile, 'utf8')), store: proxy.url }));
    const started = performance.now();
    const router = await node.start('router', joinFile);
    members.push(router);
    const load = performance.now() - started;
    const idle = await node.start('router', empty.joinFile);
    members.push(idle);
    const caller = await store.enrol('shop', 'cart');
    for (let n = 0; n < USED; n++) await ask(router, caller, n);
    const over = residentMegabytes('node', router) - residentMegabytes('node', idle);
    const before = proxy.bytes;
    const times = await follow(store, router, caller);
    return [
      rowOf('scale', 'publish one change', publish, 'ms'),
      rowOf('scale', 'start of a router', [load], 'ms'),
      rowOf('scale', 'router memory over an empty one', [over], 'MB'),
      rowOf('scale', 'bytes for one changed route', [(proxy.bytes - before) / CHANGES / 1000], 'kB'),
      rowOf('propagation', 'push at 10,000 services, p50', [percentile(times, 0.5)], 'ms'),
      rowOf('propagation', 'push at 10,000 services, p99', [percentile(times, 0.99)], 'ms'),
    ];
  } finally {
    for (const member of members) await member.stop();
    proxy.stop();
    await Promise.all([store.stop(), empty.stop()]);
    rmSync(folder, { recursive: true });
  }
}

/** @returns milliseconds of some single changes once all are there */
async function fill(store: PolicyStore, tell: (line: string) => void): Promise<number[]> {
  await store.apply([{ apiVersion: GOSSAMER, kind: 'Workload', metadata: meta('cart'), spec: {} }, allowAll]);
  for (let from = 0; from < SERVICES; from += BATCH) {
    await store.apply(Array.from({ length: BATCH }, (_, i) => documentsOf(from + i)).flat());
    if (from % 2000 === 0) tell(`${from + BATCH} of ${SERVICES} services applied`);
  }
  const took: number[] = [];
  for (let n = 0; n < 5; n++) {
    const start = performance.now();
    await store.apply([routeOf(n, 302)]);
    took.push(performance.now() - start);
  }
  return took;
}

async function ask(router: Member, caller: Caller, n: number): Promise<number> {
  return (await call(router.url, { to: authorityOf(n), path: '/api/v1/resource-1/x', as: caller })).status;
}

/** Milliseconds from the start of an apply until a router acts by it. */
async function follow(store: PolicyStore, router: Member, caller: Caller): Promise<number[]> {
  const headers = await caller.headersFor(authorityOf(0));
  const took: number[] = [];
  for (let n = 0; n < CHANGES; n++) {
    const status = n % 2 === 0 ? 301 : 302;
    const start = performance.now();
    const applied = store.apply([routeOf(0, status)]);
    const asked = { to: authorityOf(0), path: '/api/v1/resource-1/x', headers };
    while ((await call(router.url, asked)).status !== status) if (performance.now() - start > 10_000) break;
    took.push(performance.now() - start);
    await applied;
  }
  return took;
}
