import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import { call, open } from '../client.ts';
import type { Context } from '../context.ts';
import type { Echo } from '../upstream.ts';

export function resilienceCases(context: () => Context): void {
  const ask = (to: string, path: string, more: object = {}) =>
    call(context().router.url, { to, path, as: context().mesh.cart, ...more });
  const marked = () => ({ 'x-test': crypto.randomUUID() });

  test('a 503 is tried again for a GET', async () => {
    const headers = marked();
    const answer = await ask('orders-a.shop.mesh', '/flaky', { headers });
    expect([answer.status, answer.body]).toEqual([200, 'try 2 of 0 bytes']);
    expect(context().mesh.a.seen.get(headers['x-test'])).toBe(2);
  });

  test('a 503 is tried again for a PUT, with the same body', async () => {
    const answer = await ask('orders-a.shop.mesh', '/flaky', {
      headers: marked(),
      method: 'PUT',
      body: 'x'.repeat(1000),
    });
    expect([answer.status, answer.body]).toEqual([200, 'try 2 of 1000 bytes']);
  });

  test('a POST is never sent twice', async () => {
    const headers = marked();
    const answer = await ask('orders-a.shop.mesh', '/flaky', { headers, method: 'POST', body: 'pay' });
    expect(answer.status).toBe(503);
    expect(context().mesh.a.seen.get(headers['x-test'])).toBe(1);
  });

  test('an endpoint that refuses connections is left for another, for a POST too where that is certain', async () => {
    const method = context().runtime.knowsRefused ? 'POST' : 'GET';
    for (let n = 0; n < 8; n++) {
      const answer = await ask('mixed.shop.mesh', '/echo', { method, ...(method === 'POST' && { body: 'x' }) });
      expect(answer.status).toBe(200);
    }
  });

  test('nothing listens anywhere', async () => {
    const answer = await ask('dead.shop.mesh', '/echo');
    const expected = context().runtime.knowsRefused ? [503, 'upstream_connect_failure'] : [502, 'upstream_reset'];
    expect([answer.status, answer.headers['mesh-reason']]).toEqual(expected);
  });

  test('an upstream that breaks off before it answers is a 502', async () => {
    const headers = marked();
    const answer = await ask('orders-a.shop.mesh', '/reset', { headers, method: 'POST', body: 'x' });
    expect([answer.status, answer.headers['mesh-reason']]).toEqual([502, 'upstream_reset']);
    // Deno's fetch and Bun's send again by themselves what they think they may.
    expect(context().mesh.a.seen.get(headers['x-test'])).toBe(1);
  });

  test('the time for the whole request, and for one try', async () => {
    const whole = await ask('orders.shop.mesh', '/short/never');
    expect([whole.status, whole.headers['mesh-reason']]).toEqual([504, 'deadline_exceeded']);
    const headers = marked();
    const tries = await ask('orders.shop.mesh', '/short-tries/never', { headers });
    expect([tries.status, tries.headers['mesh-reason']]).toEqual([504, 'upstream_timeout']);
    expect(context().mesh.a.seen.get(headers['x-test'])).toBe(3);
  });

  test("a caller's deadline goes on to the upstream, and ends the wait", async () => {
    const deadline = Date.now() + 5_000;
    const answer = await ask('orders-a.shop.mesh', '/echo', { headers: { 'mesh-deadline': String(deadline) } });
    expect(Number((JSON.parse(answer.body) as Echo).headers['mesh-deadline'])).toBeLessThanOrEqual(deadline);
    const soon = { 'mesh-deadline': String(Date.now() + 300) };
    const late = await ask('orders-a.shop.mesh', '/never', { headers: soon });
    expect([late.status, late.headers['mesh-reason']]).toEqual([504, 'deadline_exceeded']);
  });

  test.each(['/never', '/hold'])('a client that goes away from %s is seen upstream', async (path) => {
    const { router, mesh, runtime } = context();
    const headers = marked();
    const request = await open(router.url, { to: 'orders-a.shop.mesh', path, as: mesh.cart, headers });
    request.on('error', () => undefined).end();
    if (path === '/hold') await once(request, 'response').then(([response]) => response.on('error', () => undefined));
    else await vi.waitUntil(() => mesh.a.seen.has(headers['x-test']));
    if (runtime.seesFin) request.destroy();
    else request.socket?.resetAndDestroy();
    await vi.waitUntil(() => mesh.a.abandoned.has(headers['x-test']), 10_000);
  });
}
