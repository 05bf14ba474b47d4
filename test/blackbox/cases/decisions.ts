import { expect, test, vi } from 'vitest';
import { call } from '../client.ts';
import type { Context } from '../context.ts';
import { CART } from '../mesh.ts';

/** Routers push every second; on Workers the push waits for its time inside the request's own. */
const PUSHED = 5_000;

export function decisionCases(context: () => Context): void {
  const recordOf = (id: string | string[] | undefined): Promise<Record<string, unknown>> =>
    vi.waitFor(() => context().mesh.store.call('GET', `/v1/decisions/${id}`), { timeout: PUSHED, interval: 100 });

  test('a denial can be asked for by the ID of its answer, and says which policy and why', async () => {
    const { router, mesh } = context();
    const path = '/secret/echo?token=hidden-in-query';
    const headers = { cookie: 'hidden=cookie', authorization: 'Bearer hidden-token' };
    const denied = await call(router.url, { to: 'private.shop.mesh', path, as: mesh.thief, headers, byHost: true });
    // A bearer token that the proof does not name is refused before policies are asked: ask without it too.
    const plain = await call(router.url, {
      to: 'private.shop.mesh',
      path,
      as: mesh.thief,
      headers: { cookie: 'hidden=1' },
    });
    expect([denied.status, plain.status]).toEqual([400, 403]);
    const record = await recordOf(plain.headers['mesh-decision-id']);
    expect(record).toMatchObject({
      reporter: 'router',
      method: 'GET',
      authority: 'private.shop.mesh',
      path: '/secret/echo',
      source: 'spiffe://mesh.local/ns/shop/sa/thief',
      strength: 'proof',
      destination: 'shop/private',
      status: 403,
      reason: 'permission_denied',
      authorization: { decision: 'deny', decidedBy: 'mesh default' },
      revision: Number(plain.headers['mesh-revision']),
    });
    expect(await recordOf(denied.headers['mesh-decision-id'])).toMatchObject({ reason: 'token_invalid' });
    const list = await context().mesh.store.call('GET', '/v1/decisions?limit=1000');
    expect(JSON.stringify(list)).not.toMatch(/hidden/);
  });

  test('a call that went through, too: who let it, and where it went', async () => {
    const { router, mesh } = context();
    const answer = await call(router.url, { to: 'orders-a.shop.mesh', path: '/echo', as: mesh.cart });
    expect(await recordOf(answer.headers['mesh-decision-id'])).toMatchObject({
      source: CART,
      backend: 'shop/orders-a',
      status: 200,
      attempts: [{ status: 200 }],
      authorization: { decision: 'allow', decidedBy: 'shop/orders-a' },
    });
  });

  test('at the gateway it names the Gateway', async () => {
    const { gateway } = context();
    const answer = await call(gateway.url, { to: 'www.shop.example', path: '/closed/echo', byHost: true });
    expect(answer.status).toBe(403);
    expect(await recordOf(answer.headers['mesh-decision-id'])).toMatchObject({
      reporter: 'gateway',
      gateway: 'shop/front',
      reason: 'permission_denied',
    });
  });
}
