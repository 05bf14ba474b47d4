import { expect, test, vi } from 'vitest';
import { type Answer, call } from '../client.ts';
import type { Context } from '../context.ts';

/** Each test is a tenant of its own, so that nobody meets what others have taken. */
export function rateLimitCases(context: () => Context): void {
  const tenant = () => ({ 'x-tenant': crypto.randomUUID() });
  const inMesh = (to: string, headers: Record<string, string>) =>
    call(context().router.url, { to: `${to}.shop.mesh`, path: '/echo', as: context().mesh.cart, headers });
  const fromOutside = (path: string, headers: Record<string, string>) =>
    call(context().gateway.url, { to: 'www.shop.example', byHost: true, path, headers });
  const saidBy = ({ status, headers }: Answer) => [status, headers['mesh-reason']];

  test('one more than there is room for is refused and told when to come back; then it is let in', async () => {
    const headers = tenant();
    const first = await inMesh('metered', headers);
    expect([first.status, first.headers['ratelimit-policy'], first.headers.ratelimit]).toEqual([
      200,
      '"tenants";q=1;w=3',
      expect.stringMatching(/^"tenants";r=[01];t=[0-3]$/),
    ]);
    const refused = await inMesh('metered', headers);
    expect(saidBy(refused)).toEqual([429, 'rate_limited']);
    expect(refused.headers).toMatchObject({
      'retry-after': expect.stringMatching(/^[1-3]$/),
      ratelimit: expect.stringMatching(/^"tenants";r=0;t=[1-3]$/),
      'ratelimit-limit': '1',
      'ratelimit-remaining': '0',
    });
    expect((await inMesh('metered', tenant())).status).toBe(200);
    await vi.waitUntil(async () => (await inMesh('metered', headers)).status === 200, {
      timeout: 10_000,
      interval: 200,
    });
  });

  test('a gateway holds to the limits of the service behind it', async () => {
    const headers = tenant();
    const answers = [await fromOutside('/metered', headers), await fromOutside('/metered', headers)];
    expect(answers.map(({ status }) => status)).toEqual([200, 429]);
  });

  test('a global limit counts what router and gateway let in together', async () => {
    const { name } = context().runtime;
    // On Workers this gateway has no binding to the objects of the router: it can not know.
    const second = name === 'workerd' ? inMesh.bind(null, 'counted') : fromOutside.bind(null, '/counted');
    // A store that is slow once is one that is not known, and the limit says to refuse then: with the next tenant again.
    await vi.waitFor(async () => {
      const headers = tenant();
      const answers = [await inMesh('counted', headers), await second(headers)];
      expect(answers.map(({ status }) => status)).toEqual([200, 429]);
    }, 10_000);
    if (name !== 'workerd') return;
    const unknown = await fromOutside('/counted', tenant());
    expect([...saidBy(unknown), JSON.parse(unknown.body).check]).toEqual([
      503,
      'rate_limited',
      'counter_store_unavailable',
    ]);
  });
}
