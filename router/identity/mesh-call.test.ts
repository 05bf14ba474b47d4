import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { FakeClock, FakeRandom } from '../ports.fake.ts';
import { CALLER, NOW, THEN } from './caller.fake.ts';
import { type MeshCall, MeshCallSigner } from './mesh-call.ts';
import { forgePair } from './token-forge.fake.ts';

const pair = await forgePair();
const upstream = 'spiffe://mesh.local/ns/shop/sa/orders';
const call: MeshCall = { caller: CALLER, upstream, via: [], policy: 'shop/cart-may-order', generation: 7 };

async function newSigner(): Promise<MeshCallSigner> {
  const signer = new MeshCallSigner({ clock: new FakeClock(NOW), random: new FakeRandom() }, 'router-1');
  await signer.useKey({ ...pair.privateJwk, kid: 'hop-1' } as JsonWebKey);
  return signer;
}

test('says who called whom under which policy, for 30 s', async () => {
  const text = await (await newSigner()).sign(call, NOW);
  const { payload, protectedHeader } = await jwtVerify(text, pair.publicKey, { currentDate: new Date(NOW) });
  expect(protectedHeader).toEqual({ typ: 'mesh-call+jwt', alg: 'ES256', kid: 'hop-1' });
  expect(payload).toEqual({
    iss: 'router-1',
    sub: CALLER,
    aud: upstream,
    iat: THEN,
    exp: THEN + 30,
    jti: expect.stringMatching(/^[\w-]{22}$/),
    via: [],
    pol: 'shop/cart-may-order',
    gen: 7,
  });
});

test('a caller without identity has no sub', async () => {
  const text = await (await newSigner()).sign({ ...call, caller: null }, NOW);
  expect(decodeJwt(text)).not.toHaveProperty('sub');
});

test('one signature serves 20 s, at once', async () => {
  const signer = await newSigner();
  const first = await signer.sign(call, NOW);
  expect(signer.sign(call, NOW + 19_999)).toBe(first);
  expect(await signer.sign(call, NOW + 20_000)).not.toBe(first);
});

test.each([
  ['caller', { caller: upstream }],
  ['absent caller', { caller: null }],
  ['upstream', { upstream: CALLER }],
  ['policy', { policy: 'shop/other' }],
  ['generation', { generation: 8 }],
  ['via', { via: [upstream] }],
])('another %s is another signature', async (_name, change) => {
  const signer = await newSigner();
  const first = await signer.sign(call, NOW);
  expect(await signer.sign({ ...call, ...change }, NOW)).not.toBe(first);
});

test('a new key signs from now on, the same key changes nothing', async () => {
  const signer = await newSigner();
  const first = await signer.sign(call, NOW);
  await signer.useKey({ ...pair.privateJwk, kid: 'hop-1' } as JsonWebKey);
  expect(signer.sign(call, NOW)).toBe(first);
  await signer.useKey({ ...(await forgePair()).privateJwk, kid: 'hop-2' } as JsonWebKey);
  expect(decodeProtectedHeader(await signer.sign(call, NOW)).kid).toBe('hop-2');
});

test('only the last eight earlier callers are told', async () => {
  const via = Array.from({ length: 10 }, (_, i) => `${CALLER}-${i}`);
  expect(decodeJwt(await (await newSigner()).sign({ ...call, via }, NOW)).via).toEqual(via.slice(2));
});

test('nothing is signed without a key, and a public key is none', async () => {
  const signer = new MeshCallSigner({ clock: new FakeClock(NOW), random: new FakeRandom() }, 'router-1');
  await expect(signer.sign(call, NOW)).rejects.toThrow('no hop key');
  await expect(signer.useKey({ ...pair.jwk, kid: 'hop-1' } as JsonWebKey)).rejects.toThrow(TypeError);
});

test('one for a single request says which, and is never sent again', async () => {
  const signer = await newSigner();
  const request = { method: 'POST', target: '/pay?a=1', bodyDigest: 'digest' };
  const first = await signer.sign({ ...call, request }, NOW);
  expect(decodeJwt(first)).toMatchObject({ htm: 'POST', pth: '/pay?a=1', bd: 'digest', sub: CALLER });
  expect(await signer.sign({ ...call, request }, NOW)).not.toBe(first);
  expect(decodeJwt(await signer.sign(call, NOW))).not.toHaveProperty('htm');
});
