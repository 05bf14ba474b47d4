import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Member, RUNTIMES } from '../blackbox/runtimes.ts';
import { type ChaosMesh, FRONT, ORDERS, startChaosMesh } from './chaos-mesh.ts';
import { until } from './conditions.ts';
import { Load } from './load.ts';
import { memoryIsBack, residentOf } from './memory.ts';
import { Writer } from './writer.ts';

let mesh: ChaosMesh;
let members: { readonly router: Member; readonly gateway: Member; readonly name: string }[] = [];
beforeAll(async () => {
  mesh = await startChaosMesh();
  const start = RUNTIMES.map(async ({ name, start }) => ({
    name,
    router: await start('router', mesh.store.joinFile),
    gateway: await start('gateway', mesh.store.joinFile),
  }));
  members = await Promise.all(start);
});
afterAll(async () => {
  await Promise.all(members.flatMap(({ router, gateway }) => [router.stop(), gateway.stop()]));
  await mesh?.stop();
});
