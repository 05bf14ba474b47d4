import { afterEach, beforeEach, expect, test } from 'vitest';
import { CART, VirtualMesh } from './virtual-mesh.ts';

const MINUTE = 60_000;
let mesh: VirtualMesh;
beforeEach(async () => {
  mesh = await VirtualMesh.start('25m');
});
afterEach(() => mesh.stop());

const served = { status: 200, body: `${CART} was here` };

test('with the store down for longer than half of the life of every token, traffic goes on', async () => {
  expect(await mesh.call()).toEqual(served);
  mesh.storeIsDown = true;
  for (let minute = 1; minute <= 24; minute++) {
    mesh.pass(MINUTE);
    expect(await mesh.refresh()).toBe('failed');
    expect(await mesh.call(), `minute ${minute}`).toEqual(served);
  }
  expect(mesh.warnings.some((warning) => warning.includes('the token was not renewed'))).toBe(true);
});

test('past the hard limit of staleness everything is refused, by a code of its own, until the store is back', async () => {
  expect(await mesh.call()).toEqual(served);
  mesh.storeIsDown = true;
  mesh.pass(25 * MINUTE + 1);
  await mesh.refresh();
  const refused = await mesh.call();
  expect([refused.status, JSON.parse(refused.body).code]).toEqual([503, 'snapshot_stale']);
  mesh.storeIsDown = false;
  expect(await mesh.refresh()).toBe('same');
  expect(await mesh.call()).toEqual(served);
});

test('a token that could not be renewed is used to its end, and not beyond', async () => {
  await mesh.stop();
  mesh = await VirtualMesh.start('24h');
  expect(await mesh.call()).toEqual(served);
  mesh.storeIsDown = true;
  mesh.pass(30 * MINUTE - 2_000);
  expect(await mesh.call()).toEqual(served);
  mesh.pass(4_000);
  await expect(mesh.call()).rejects.toMatchObject({ code: 'identity_unavailable' });
  mesh.storeIsDown = false;
  mesh.pass(2_000);
  expect(await mesh.call()).toEqual(served);
});
