import { decodeJwt, decodeProtectedHeader } from 'jose';
import { expect, test } from 'vitest';
import { call } from '../client.ts';
import type { Context } from '../context.ts';
import { CART } from '../mesh.ts';
import type { Runtime } from '../runtimes.ts';
import type { Echo } from '../upstream.ts';

export function identityCases(runtime: Runtime, context: () => Context): void {
  const ask = (to: string, path: string, more: object = {}) =>
    call(context().router.url, { to, path, as: context().mesh.cart, ...more });

  test('without identity: 401, and the way to get in', async () => {
    const answer = await ask('orders-a.shop.mesh', '/echo', { as: null });
    expect([answer.status, answer.headers['mesh-reason']]).toEqual([401, 'unauthenticated']);
    expect(answer.headers['www-authenticate']).toBe('Workload-Identity');
  });

  test('a stolen token is useless without its key: 400', async () => {
    const { cart, thief } = context().mesh;
    const proof = (await thief.headersFor('orders-a.shop.mesh'))['workload-proof-token'] as string;
    const headers = { 'workload-identity-token': cart.wit, 'workload-proof-token': proof };
    const answer = await ask('orders-a.shop.mesh', '/echo', { as: null, headers });
    expect([answer.status, answer.headers['mesh-reason']]).toEqual([400, 'token_invalid']);
    expect(JSON.parse(answer.body).check).toBe('wrong_binding');
  });

  test("a stolen token with a proof by the thief's own key: 400", async () => {
    const { cart, thief } = context().mesh;
    const headers = await thief.headersFor('orders-a.shop.mesh', cart.wit);
    const answer = await ask('orders-a.shop.mesh', '/echo', { as: null, headers });
    expect([answer.status, JSON.parse(answer.body).check]).toEqual([400, 'wrong_key']);
  });

  test('a proof for one service does not open another: 400', async () => {
    const headers = await context().mesh.cart.headersFor('orders-b.shop.mesh');
    const answer = await ask('orders-a.shop.mesh', '/echo', { as: null, headers });
    expect([answer.status, JSON.parse(answer.body).check]).toEqual([400, 'wrong_audience']);
  });

  test('a caller that no policy allows is denied, without a word of the policy', async () => {
    const answer = await ask('orders-a.shop.mesh', '/echo', { as: context().mesh.thief });
    expect([answer.status, answer.headers['mesh-reason']]).toEqual([403, 'permission_denied']);
    expect(answer.body).not.toMatch(/orders-a|sa\/cart|AuthorizationPolicy/);
  });

  test('a policy judges the path', async () => {
    expect((await ask('private.shop.mesh', '/public/echo')).status).toBe(200);
    expect((await ask('private.shop.mesh', '/secret/echo')).status).toBe(403);
  });

  test("the upstream gets a Mesh-Call, and none of the caller's tokens", async () => {
    const { headers } = JSON.parse((await ask('orders-a.shop.mesh', '/echo')).body) as Echo;
    expect(headers).not.toHaveProperty('workload-identity-token');
    expect(headers).not.toHaveProperty('workload-proof-token');
    const call = headers['mesh-call'] as string;
    expect(decodeProtectedHeader(call)).toMatchObject({ typ: 'mesh-call+jwt', alg: 'ES256' });
    expect(decodeJwt(call)).toMatchObject({ sub: CART, aud: 'spiffe://mesh.local/ns/shop/sa/orders-a' });
  });

  test('what a caller claims in reserved headers is stripped', async () => {
    const headers = { 'mesh-call': 'forged', 'x-mesh-a': '1', 'x-forwarded-for': '9.9.9.9', 'x-original-url': '/a' };
    const echo = JSON.parse((await ask('orders-a.shop.mesh', '/echo', { headers })).body) as Echo;
    expect(echo.headers['mesh-call']).not.toBe('forged');
    expect(Object.keys(echo.headers)).not.toEqual(expect.arrayContaining(['x-mesh-a']));
    expect(echo.headers['x-forwarded-for'] ?? '').not.toContain('9.9.9.9');
    expect(echo.headers).not.toHaveProperty('x-original-url');
  });

  // workerd keeps the header to itself: there is no name to take.
  if (!runtime.seesConnection) return;
  test('a header that Connection names goes no further, and never a reserved one', async () => {
    const named = await ask('orders-a.shop.mesh', '/echo', { headers: { connection: 'x-hop', 'x-hop': '1' } });
    expect(JSON.parse(named.body).headers).not.toHaveProperty('x-hop');
    const headers = { connection: 'close, Workload-Identity-Token' };
    expect((await ask('orders-a.shop.mesh', '/echo', { headers })).status).toBe(400);
  });
}
