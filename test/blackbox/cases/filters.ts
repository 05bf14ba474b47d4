import { expect, test, vi } from 'vitest';
import { call } from '../client.ts';
import type { Context } from '../context.ts';

export function filterCases(context: () => Context): void {
  const ask = (path: string, more: object = {}) =>
    call(context().router.url, { to: 'orders.shop.mesh', path, as: context().mesh.cart, ...more });

  test('a mirror gets a copy, body included, and the caller the answer of the service', async () => {
    const { a, b } = context().mesh;
    const id = crypto.randomUUID();
    const answer = await ask('/mirrored/echo', { method: 'POST', body: 'twice', headers: { 'x-test': id } });
    expect([answer.status, answer.headers['x-upstream'], JSON.parse(answer.body).bytes]).toEqual([200, 'a', 5]);
    await vi.waitFor(() => expect(b.seen.get(id)).toBe(1), 5_000);
    expect(a.seen.get(id)).toBe(1);
  });

  test('a mirror that never answers is nothing to the caller', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask('/mirrored-to-dead/echo')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  });

  test('a preflight is answered by the mesh, and the answer to the request is shared', async () => {
    const origin = 'https://app.test';
    const asked = { origin, 'access-control-request-method': 'PUT' };
    const preflight = await ask('/cors/echo', { method: 'OPTIONS', headers: asked });
    expect([preflight.status, preflight.headers['access-control-allow-methods']]).toEqual([204, 'PUT']);
    const answer = await ask('/cors/echo', { method: 'PUT', headers: { origin } });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, origin]);
  });

  test('a session stays with the backend that it met', async () => {
    const met = await ask('/session/echo');
    const cookie = met.headers['set-cookie']?.find((one) => one.startsWith('sid='))?.split(';')[0] ?? '';
    const again = await Promise.all(Array.from({ length: 8 }, () => ask('/session/echo', { headers: { cookie } })));
    expect(new Set(again.map(({ headers }) => headers['x-upstream']))).toEqual(new Set([met.headers['x-upstream']]));
  });
}
