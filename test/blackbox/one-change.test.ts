import { afterAll, beforeAll, expect, test } from 'vitest';
import { CountingProxy } from './counting-proxy.ts';
import { ManyServices } from './many-services.ts';
import { stopAll } from './process.ts';
import { RUNTIMES } from './runtimes.ts';

/** Enough for an index of two levels. */
const SERVICES = 600;
const USED = 50;
const CHANGES = 5;

let mesh: ManyServices;
beforeAll(async () => {
  mesh = await ManyServices.start(SERVICES);
});
afterAll(async () => {
  await mesh.stop();
  await stopAll();
});

test.each(RUNTIMES.filter(({ name }) => name === 'node'))(
  'one changed route moves two buckets, a chunk and a manifest to a router on $name, less than 10 kB',
  async (runtime) => {
    const proxy = await CountingProxy.start(mesh.store);
    const router = await runtime.start('router', proxy.joinFile);
    await mesh.use(router, USED);
    const { bytes, chunks } = proxy;
    await mesh.follow(router, CHANGES);
    expect(proxy.chunks - chunks).toBe(3 * CHANGES);
    expect(proxy.bytes - bytes).toBeLessThan(10_000 * CHANGES);
    await router.stop();
    proxy.stop();
  },
);
