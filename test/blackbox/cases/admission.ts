import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { call, open } from '../client.ts';
import type { Context } from '../context.ts';

export function admissionCases(context: () => Context): void {
  const ask = (to: string, path: string, more: object = {}) =>
    call(context().router.url, { to, path, as: context().mesh.cart, ...more });
  const marked = () => ({ 'x-test': crypto.randomUUID() });

  describe('one request at work, and one that waits', () => {
    const to = 'limited.shop.mesh';

    test('a third is refused at once; the second goes in when the first has ended', async () => {
      const { router, mesh } = context();
      const headers = marked();
      const first = await open(router.url, { to, path: '/hold', as: mesh.cart, headers });
      const [response] = (await once(first.end(), 'response')) as [NodeJS.ReadableStream];
      const others = [ask(to, '/echo'), ask(to, '/echo')];
      const refused = await Promise.race(others);
      expect([refused.status, refused.headers['mesh-reason']]).toEqual([503, 'concurrency_limit']);
      expect(JSON.parse(refused.body)).toMatchObject({ check: 'queue_full' });
      mesh.a.release(headers['x-test'], 'last', true);
      response.resume();
      const statuses = (await Promise.all(others)).map(({ status }) => status);
      expect(statuses.sort()).toEqual([200, 503]);
    });

    test.each(['/never', '/hold'])('the place of a client that goes away from %s is free again', async (path) => {
      const { router, mesh, runtime } = context();
      const headers = marked();
      const gone = await open(router.url, { to, path, as: mesh.cart, headers });
      gone.on('error', () => undefined).end();
      if (path === '/hold') await once(gone, 'response').then(([response]) => response.on('error', () => undefined));
      else await vi.waitUntil(() => mesh.a.seen.has(headers['x-test']));
      if (runtime.seesFin) gone.destroy();
      else gone.socket?.resetAndDestroy();
      const answer = await ask(to, '/echo');
      expect([answer.status, answer.headers['mesh-reason']]).toEqual([200, undefined]);
    });

    test('a service that breaks off gives its place back', async () => {
      expect((await ask(to, '/reset', { method: 'POST', body: 'x' })).status).toBe(502);
      expect((await ask(to, '/echo')).status).toBe(200);
    });
  });

  describe('trouble on purpose', () => {
    test('an answer in place of the service', async () => {
      const headers = marked();
      const answer = await ask('faulty.shop.mesh', '/echo', { headers });
      expect([answer.status, answer.headers['mesh-reason']]).toEqual([418, 'fault_injected']);
      expect(context().mesh.a.seen.has(headers['x-test'])).toBe(false);
    });

    test('asked for by header, by who may', async () => {
      const asked = { 'mesh-fault-abort': '429', 'mesh-fault-delay': '100ms' };
      const answer = await ask('orders-b.shop.mesh', '/echo', { headers: asked });
      expect([answer.status, answer.headers['mesh-reason']]).toEqual([429, 'fault_injected']);
      const plain = await ask('orders-a.shop.mesh', '/echo', { headers: asked });
      expect([plain.status, plain.body.includes('mesh-fault')]).toEqual([200, false]);
    });
  });
}
