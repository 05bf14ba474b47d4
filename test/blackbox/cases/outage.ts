import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../client.ts';
import { type Mesh, startMesh } from '../context.ts';
import type { Member, Runtime } from '../runtimes.ts';

/** Ends with its own policy store: nothing else may need it. */
export function outageCases(runtime: Runtime): void {
  let mesh: Mesh;
  let router: Member;
  beforeAll(async () => {
    mesh = await startMesh();
    router = await runtime.start('router', mesh.store.joinFile);
  });
  afterAll(async () => {
    await router?.stop();
    await mesh?.stop();
  });

  test('the last known good goes on serving', async () => {
    const ask = (to: string) => call(router.url, { to, path: '/echo', as: mesh.cart });
    expect((await ask('orders-a.shop.mesh')).status).toBe(200);
    await mesh.store.program.stop('SIGKILL');
    for (let n = 0; n < 3; n++) expect((await ask('orders-a.shop.mesh')).status).toBe(200);
    expect((await call(router.url, { to: 'orders-a.shop.mesh', path: '/', as: mesh.thief })).status).toBe(403);
  });
}
