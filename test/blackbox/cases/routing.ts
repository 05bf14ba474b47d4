import { expect, test, vi } from 'vitest';
import { call, raw } from '../client.ts';
import type { Context } from '../context.ts';
import { split } from '../mesh.ts';
import type { Echo } from '../upstream.ts';

export function routingCases(context: () => Context): void {
  const ask = (to: string, path: string, more: object = {}) =>
    call(context().router.url, { to, path, as: context().mesh.cart, ...more });

  test('an allowed call reaches the service, and says by which revision', async () => {
    const answer = await ask('orders-a.shop.mesh', '/x/echo?q=%20a', { headers: { 'x-a': 'b' } });
    expect(answer.status).toBe(200);
    expect(answer.headers['mesh-revision']).toMatch(/^\d+$/);
    expect(answer.headers['mesh-decision-id']).toMatch(/^[0-9a-f]{16,}$/);
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    const echo = JSON.parse(answer.body) as Echo;
    expect(echo).toMatchObject({ from: 'a', method: 'GET', url: '/x/echo?q=%20a', headers: { 'x-a': 'b' } });
  });

  test('the first match in order of precedence decides', async () => {
    expect((await ask('orders.shop.mesh', '/only-b')).headers['x-upstream']).toBe('b');
    expect((await ask('orders.shop.mesh', '/only-a')).headers['x-upstream']).toBe('a');
  });

  test('where routes are attached, what matches none is not found', async () => {
    const answer = await ask('orders.shop.mesh', '/nowhere');
    expect([answer.status, answer.headers['mesh-reason']]).toEqual([404, 'route_not_found']);
  });

  test('an unknown service is not found', async () => {
    const answer = await ask('nobody.shop.mesh', '/');
    expect([answer.status, answer.headers['mesh-reason']]).toEqual([404, 'service_not_found']);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.body)).toMatchObject({ status: 404, code: 'service_not_found' });
  });

  test('Host under the mesh domain addresses a service', async () => {
    expect((await ask('orders-a.shop.mesh', '/echo', { byHost: true })).status).toBe(200);
  });

  test('the upstream learns which authority was addressed', async () => {
    const { headers } = JSON.parse((await ask('orders-a.shop.mesh', '/echo')).body) as Echo;
    const name = context().runtime.sendsHost ? 'host' : 'x-forwarded-host';
    expect(headers[name]).toBe('orders-a.shop.mesh');
  });

  test('a redirect is answered by the mesh', async () => {
    const answer = await ask('orders.shop.mesh', '/redirect/here');
    expect([answer.status, answer.headers.location]).toEqual([301, 'http://new.example/redirect/here']);
  });

  test("an upstream's own redirect is returned, not followed", async () => {
    const answer = await ask('orders-a.shop.mesh', '/moved');
    expect([answer.status, answer.headers.location]).toEqual([302, 'http://elsewhere.example/']);
  });

  test('a path is rewritten', async () => {
    const { url } = JSON.parse((await ask('orders.shop.mesh', '/rewrite/a/echo?b=1')).body) as Echo;
    expect(url).toBe('/rewritten/a/echo?b=1');
  });

  test('headers are changed on the way in and out', async () => {
    const answer = await ask('orders.shop.mesh', '/filtered/echo', {
      headers: { 'x-gone': '1', 'x-set': 'by-caller' },
    });
    const { headers } = JSON.parse(answer.body) as Echo;
    expect(headers).toMatchObject({ 'x-set': 'by-mesh' });
    expect(headers).not.toHaveProperty('x-gone');
    expect(answer.headers['x-added']).toBe('by-mesh');
  });

  test('weights share the traffic, and a change of them is applied live', async () => {
    const shareOfA = async (): Promise<number> => {
      const answers = await Promise.all(Array.from({ length: 100 }, () => ask('orders-split.shop.mesh', '/echo')));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      return answers.filter(({ headers }) => headers['x-upstream'] === 'a').length;
    };
    const { store } = context().mesh;
    await store.apply([split(50, 50)]);
    // 100 draws at one half: outside of 20..80 once in 10^9.
    await vi.waitFor(async () => expect(Math.abs((await shareOfA()) - 50)).toBeLessThan(30), 10_000);
    await store.apply([split(0, 1)]);
    await vi.waitFor(async () => expect(await shareOfA()).toBe(0), 10_000);
  });

  test.each([
    ['/a/../private/echo'],
    ['/a/%2e%2e/private/echo'],
    ['/a/%252e%252e/echo'],
    ['/a//echo'],
    ['/a%2fecho'],
    ['/a;v=1/echo'],
    ['/a\\echo'],
    ['/a%00/echo'],
    ['/%c0%ae/echo'],
  ])('%s is refused, or reaches the service in its one canonical form', async (path) => {
    const { runtime, router, mesh } = context();
    const test = crypto.randomUUID();
    const headers = await mesh.cart.headersFor('orders-a.shop.mesh');
    const fields = Object.entries({ ...headers, 'mesh-authority': 'orders-a.shop.mesh', 'x-test': test });
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const answer = await raw(
      router.url,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines}\r\n`,
    );
    if (runtime.seesRawPaths || !/\.\.|%2e|\\/.test(path)) {
      expect(answer).toMatch(/^HTTP\/1.1 400 /);
      expect(mesh.a.seen.has(test)).toBe(false);
    } else {
      // Read as a URL before we see it: what is authorised is what is sent.
      expect(answer).toMatch(/^HTTP\/1.1 (400|200) /);
      expect(answer).not.toMatch(/"url":"[^"]*(\.\.|%2e|\\)/i);
    }
  });
}
