import { expect, test } from 'vitest';
import { issuedToken } from './issued-token.ts';
import { createMesh } from './mesh.ts';
import { bundleOf, CART, fakeFetch, newKey, SetClock, THEN, witFor } from './surroundings.fake.ts';

const key = await newKey();
const identity = issuedToken({ wit: await witFor(CART, THEN + 1800, key), privateJwk: key.privateJwk });
const draining = (reason = 'snapshot_unavailable', check = 'draining'): Response =>
  Response.json({ code: reason, check }, { status: 503, headers: { 'mesh-reason': reason } });

function setUp(...answers: (Response | Error)[]) {
  const fetch = fakeFetch(() => {
    const next = answers.shift();
    if (next instanceof Response) return next;
    throw next ?? new Error('asked too often');
  });
  const options = { identity, router: 'http://router', trustBundle: bundleOf(), fetch, clock: new SetClock() };
  const ask = (body: BodyInit = 'pay') =>
    createMesh(options).fetch('http://orders.shop.mesh/', { method: 'POST', body, duplex: 'half' } as RequestInit);
  return { fetch, ask };
}

test('a POST that a stopping router refused is sent once more', async () => {
  const { fetch, ask } = setUp(draining(), new Response('ok'));
  expect(await (await ask()).text()).toBe('ok');
  expect(fetch.asked.map(({ init }) => init.body)).toEqual(['pay', 'pay']);
});

test('once, not for ever', async () => {
  const { fetch, ask } = setUp(draining(), draining(), draining());
  expect((await ask()).status).toBe(503);
  expect(fetch.asked.length).toBe(2);
});

test('where there is no other router the answer of the first comes back, and can be read', async () => {
  const { ask } = setUp(draining(), new TypeError('fetch failed'));
  expect(await (await ask()).json()).toMatchObject({ check: 'draining' });
});

test.each([
  ['another reason', draining('upstream_reset'), 'pay'],
  ['another check', draining('snapshot_unavailable', 'other'), 'pay'],
  ['a stream', draining(), new Blob(['pay']).stream()],
  ['a service that only says so', Response.json({ check: 'draining' }, { status: 503 }), 'pay'],
])('%s is an answer as it is', async (_name, answer, body) => {
  const { fetch, ask } = setUp(answer);
  expect((await ask(body)).status).toBe(503);
  expect(fetch.asked.length).toBe(1);
});
