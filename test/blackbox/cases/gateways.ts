import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { call } from '../client.ts';
import type { Context } from '../context.ts';
import type { Echo } from '../upstream.ts';

export function gatewayCases(context: () => Context): void {
  const ask = (host: string, path: string) =>
    call(context().gateway.url, { to: host, path, byHost: true, headers: { 'mesh-authority': 'orders-a.shop.mesh' } });

  test("a request from outside enters under the gateway's identity", async () => {
    const answer = await ask('www.shop.example', '/echo');
    expect(answer.status).toBe(200);
    const { headers } = JSON.parse(answer.body) as Echo;
    expect(decodeJwt(headers['mesh-call'] as string).sub).toBe('spiffe://mesh.local/ns/shop/sa/front');
  });

  test('a host that no listener serves is not found', async () => {
    const answer = await ask('www.other.example', '/echo');
    expect([answer.status, answer.headers['mesh-reason']]).toEqual([404, 'route_not_found']);
  });

  test('a backend that does not allow the gateway denies', async () => {
    expect((await ask('www.shop.example', '/closed/echo')).status).toBe(403);
  });
}
