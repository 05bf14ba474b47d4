import { CountingProxy } from '../test/blackbox/counting-proxy.ts';
import { ManyServices, took } from '../test/blackbox/many-services.ts';
import { PolicyStore } from '../test/blackbox/policy-store.ts';
import { type Member, RUNTIMES, type Runtime } from '../test/blackbox/runtimes.ts';
import { privateMegabytes } from './private-memory.ts';
import { propagationRows } from './propagation.ts';
import { type Row, rowOf } from './rows.ts';

const SERVICES = 10_000;
const USED = 100;

export interface ScaleOptions {
  /** Changes that are followed one by one. */
  readonly changes: number;
  tell(line: string): void;
}

/** 10,000 services: what a change costs, what a router holds, and how soon it follows. */
export async function measureScale({ changes, tell }: ScaleOptions): Promise<Row[]> {
  const node = RUNTIMES.find(({ name }) => name === 'node') as Runtime;
  const [mesh, empty] = await Promise.all([ManyServices.start(SERVICES, tell), PolicyStore.start()]);
  const proxy = await CountingProxy.start(mesh.store);
  const members: Member[] = [];
  try {
    const published = await publish(mesh);
    const start = performance.now();
    const router = await node.start('router', proxy.joinFile);
    const started = performance.now() - start;
    const idle = await node.start('router', empty.joinFile);
    members.push(router, idle);
    const rows = [
      rowOf('scale', 'apply of 1,000 services and their routes', mesh.filling, 'ms'),
      rowOf('scale', 'apply of one changed route', published, 'ms'),
      rowOf('scale', 'start of a router', [started], 'ms'),
      ...(await hold(mesh, proxy, router, idle)),
    ];
    const before = { bytes: proxy.bytes, chunks: proxy.chunks };
    const times = await mesh.follow(router, changes);
    return [
      ...rows,
      rowOf('scale', 'bytes for one changed route', [(proxy.bytes - before.bytes) / changes / 1000], 'kB'),
      rowOf('scale', 'chunks for one changed route', [(proxy.chunks - before.chunks) / changes], ''),
      ...propagationRows('push at 10,000 services', times),
    ];
  } finally {
    for (const member of members) await member.stop();
    proxy.stop();
    await Promise.all([mesh.stop(), empty.stop()]);
  }
}

/** Single changes of services that no router uses. */
async function publish(mesh: ManyServices): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < 5; n++) times.push(await took(() => mesh.change(SERVICES - 1 - n).applied));
  return times;
}

/** What 100 services in use weigh, on the wire and in memory. Both routers are asked as often. */
async function hold(mesh: ManyServices, proxy: CountingProxy, router: Member, idle: Member): Promise<Row[]> {
  const { bytes } = proxy;
  const load = await took(() => mesh.use(router, USED));
  await mesh.use(idle, USED);
  const [full, none] = await Promise.all([privateMegabytes(router), privateMegabytes(idle)]);
  const over = full.map((megabytes, n) => megabytes - (none[n] as number));
  return [
    rowOf('scale', `first requests to ${USED} services`, [load], 'ms'),
    rowOf('scale', `bytes for ${USED} services in use`, [(proxy.bytes - bytes) / 1000], 'kB'),
    rowOf('scale', 'memory of an empty router', none, 'MB'),
    rowOf('scale', 'router memory over an empty one', over, 'MB'),
  ];
}
