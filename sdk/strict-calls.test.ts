import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { issuedToken } from './issued-token.ts';
import { createMesh, type MeshOptions } from './mesh.ts';
import {
  type Asked,
  bundleOf,
  CART,
  fakeFetch,
  NOW,
  newKey,
  ORDERS,
  SetClock,
  THEN,
  witFor,
} from './surroundings.fake.ts';

const key = await newKey();
const identity = issuedToken({ wit: await witFor(CART, THEN + 1800, key), privateJwk: key.privateJwk });
const sha256 = async (content: string | Uint8Array): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(content))).toString('base64url');
const proofOf = ({ headers }: Asked) => decodeJwt(headers.get('workload-proof-token')!);

function setUp(answer: (asked: Asked) => Response, options: Partial<MeshOptions> = {}) {
  const clock = new SetClock();
  const fetch = fakeFetch(answer);
  const mesh = createMesh({ identity, router: 'http://router', trustBundle: bundleOf(), fetch, clock, ...options });
  return { mesh, fetch, clock, proofs: () => fetch.asked.map(proofOf) };
}
const refusal = (check: string, reason = 'token_invalid'): Response =>
  Response.json({ code: reason, check }, { status: 400, headers: { 'mesh-reason': reason } });
/** A router before a service with `authn: strict-proof`. */
const router = (asked: Asked): Response =>
  proofOf(asked).htm === undefined ? refusal('proof_not_strict') : new Response('ok');
const PAY = 'http://payments.shop.mesh/pay?b=1&a=%20';

test('a proof for one request covers method, query and body, and is never sent again', async () => {
  const { mesh, proofs } = setUp(router, { strictServices: ['payments.shop.mesh'] });
  for (let i = 0; i < 2; i++) await mesh.fetch(PAY, { method: 'post', body: 'x' });
  const [first, second] = proofs();
  expect(first).toMatchObject({ aud: 'http://payments.shop.mesh', exp: THEN + 30, htm: 'POST' });
  expect(first?.['gossamer.mesh/q']).toBe(await sha256('b=1&a=%20'));
  expect(first?.['gossamer.mesh/bd']).toBe(await sha256('x'));
  expect(second?.jti).not.toBe(first?.jti);
});

test('one call can ask for it, and without query and body both are empty', async () => {
  const { mesh, proofs } = setUp(router);
  await mesh.fetch('http://payments.shop.mesh/', { strict: true });
  const empty = await sha256('');
  expect(proofs()).toMatchObject([{ htm: 'GET', 'gossamer.mesh/q': empty, 'gossamer.mesh/bd': empty }]);
});

test('a service that asks for it is asked again, and from then on gets it at once', async () => {
  const { mesh, proofs } = setUp(router);
  expect((await mesh.fetch(PAY, { method: 'POST', body: 'x' })).status).toBe(200);
  await mesh.fetch(PAY);
  await mesh.fetch('http://orders.shop.mesh/', { strict: true });
  expect(proofs().map(({ htm }) => htm)).toEqual([undefined, 'POST', 'GET', 'GET']);
});

test.each([
  ['another check', () => refusal('wrong_binding')],
  ['another reason', () => refusal('proof_not_strict', 'request_invalid')],
  ['a service that only says so', () => Response.json({ check: 'proof_not_strict' }, { status: 400 })],
])('%s is an answer as it is', async (_name, answer) => {
  const { mesh, fetch } = setUp(answer);
  const response = await mesh.fetch(PAY, { method: 'POST', body: 'x' });
  expect(await response.json()).toHaveProperty('check');
  expect(fetch.asked.length).toBe(1);
});

test('a router that is never content is asked twice, not for ever', async () => {
  const { mesh, fetch } = setUp(() => refusal('proof_not_strict'));
  expect((await mesh.fetch(PAY)).status).toBe(400);
  expect(fetch.asked.length).toBe(2);
});

test('every body that is known is covered by its bytes', async () => {
  const { mesh, proofs, fetch } = setUp(router, { strictServices: ['payments.shop.mesh'] });
  const form = new FormData();
  form.set('a', 'b');
  const bodies = [
    'é',
    new TextEncoder().encode('abc').subarray(1),
    new URLSearchParams({ q: 'ü' }),
    new Blob(['x']),
    form,
  ];
  for (const body of bodies) await mesh.fetch(PAY, { method: 'POST', body });
  for (const [i, { init, headers }] of fetch.asked.entries()) {
    const sent = new Request('http://x/', { method: 'POST', body: init.body as BodyInit, headers });
    expect(proofs()[i]?.['gossamer.mesh/bd']).toBe(await sha256(new Uint8Array(await sent.arrayBuffer())));
  }
  expect(fetch.asked.at(-1)?.headers.get('content-type')).toMatch(/^multipart\/form-data; *boundary=/);
});

test('a stream can not be covered, and nothing is sent', async () => {
  const { mesh, fetch } = setUp(router, { strictServices: ['payments.shop.mesh'] });
  const streamed = mesh.fetch(PAY, { method: 'POST', body: new Response('x').body });
  await expect(streamed).rejects.toMatchObject({ code: 'body_streamed' });
  expect(fetch.asked).toEqual([]);
});

test('a strict service outside of the mesh is a mistake', () => {
  expect(() => setUp(router, { strictServices: ['payments.example.com'] })).toThrow('outside of the mesh');
});

test.each([
  ['goes along while it lives', { audience: CART, expiresAt: NOW + 1 }, 'parent'],
  ['does not when it has expired', { audience: CART, expiresAt: NOW }, null],
  ['does not when it was for another', { audience: ORDERS, expiresAt: NOW + 1 }, null],
])('the Mesh-Call that this service was called with %s', async (_name, parent, sent) => {
  const { mesh, fetch } = setUp(() => new Response());
  await mesh.run({ parentCall: { text: 'parent', ...parent } }, () => mesh.fetch(PAY));
  expect(fetch.asked[0]?.headers.get('mesh-parent-call')).toBe(sent);
});
