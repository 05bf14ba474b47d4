import { expect, test } from 'vitest';
import { guarded } from './fetch.ts';
import { issuedToken } from './issued-token.ts';
import { createMesh } from './mesh.ts';
import {
  boundCall,
  bundleOf,
  CART,
  fakeFetch,
  meshCall,
  newKey,
  ORDERS,
  SetClock,
  THEN,
  witFor,
} from './surroundings.fake.ts';

const hop = await newKey();
const identity = issuedToken({ wit: await witFor(ORDERS, THEN + 1800, hop), privateJwk: hop.privateJwk });

function setUp(strict = false) {
  const fetch = fakeFetch(() => new Response('from payments'));
  const clock = new SetClock();
  const trustBundle = bundleOf([hop, 'hop-1']);
  return { fetch, mesh: createMesh({ identity, router: 'http://router', trustBundle, clock, fetch, strict }) };
}
const asked = (text: string, init: RequestInit = {}) =>
  new Request('http://orders.shop.mesh/pay?a=1', { ...init, headers: { 'mesh-call': text } });

test('a handler is told who calls, gets what the platform gives it, and hands the call on', async () => {
  const { mesh, fetch } = setUp();
  const handle = guarded(mesh, async (_request, env: { readonly name: string }) => {
    await mesh.fetch('http://payments.shop.mesh/');
    return Response.json({ caller: mesh.caller()?.spiffeId, env });
  });
  const text = await meshCall(hop);
  expect(await (await handle(asked(text), { name: 'prod' })).json()).toEqual({ caller: CART, env: { name: 'prod' } });
  expect(fetch.asked[0]?.headers.get('mesh-parent-call')).toBe(text);
  expect(mesh.caller()).toBeUndefined();
});

test('without a Mesh-Call the handler is not run', async () => {
  let ran = false;
  const handle = guarded(setUp().mesh, () => {
    ran = true;
    return new Response();
  });
  const answer = await handle(new Request('http://orders.shop.mesh/'));
  expect([answer.status, answer.headers.get('content-type'), ran]).toEqual([403, 'application/problem+json', false]);
});

test('a body that was checked is there for the handler', async () => {
  const handle = guarded(setUp(true).mesh, async (request) => new Response(await request.text()));
  const text = () => boundCall(hop, { target: '/pay?a=1', body: 'x' });
  expect(await (await handle(asked(await text(), { method: 'POST', body: 'x' }))).text()).toBe('x');
  expect((await handle(asked(await text(), { method: 'POST', body: 'y' }))).status).toBe(403);
  expect((await handle(asked(await text(), { method: 'POST', body: 'x'.repeat(1_048_577) }))).status).toBe(413);
});

test('a bug of the handler is its own', async () => {
  const handle = guarded(setUp().mesh, () => Promise.reject(new Error('a bug')));
  await expect(handle(asked(await meshCall(hop)))).rejects.toThrow('a bug');
});

test('the exports of a worker: fetch is guarded, queues and timers have no caller, the rest stays', async () => {
  const { mesh } = setUp();
  const worker = mesh.wrap({
    name: 'w',
    async fetch(this: { readonly name: string }, _request: Request) {
      return new Response(`${this.name} ${mesh.caller()?.spiffeId}`);
    },
    queue: async (_batch: string) => mesh.caller(),
    scheduled: async () => mesh.caller(),
    email: 1,
  });
  expect((await worker.fetch(new Request('http://orders.shop.mesh/'))).status).toBe(403);
  expect(await (await worker.fetch(asked(await meshCall(hop)))).text()).toBe(`w ${CART}`);
  expect(await mesh.run({ baggage: 'k=v' }, () => worker.queue('batch'))).toBeUndefined();
  expect(worker.email).toBe(1);
});
