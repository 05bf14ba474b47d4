import { expect, test } from 'vitest';
import { nativeCrypto } from './crypto-provider.ts';
import type { IncomingCall } from './incoming-call.ts';
import { IncomingCalls } from './incoming-calls.ts';
import { MeshCallVerifier } from './mesh-call.ts';
import { boundCall, bundleOf, CART, fakeFetch, meshCall, NOW, newKey, ORDERS, SetClock } from './surroundings.fake.ts';
import { HopKeys } from './trust-bundle.ts';

const hop = await newKey();
const TARGET = '/pay/1?b=2&a=%20x';
const BODY = '{"amount":1}';

function setUp(strict = true) {
  const { now } = new SetClock();
  const ports = { fetch: fakeFetch(() => new Response()), now, warn: () => {}, crypto: nativeCrypto };
  const verifier = new MeshCallVerifier(new HopKeys(bundleOf([hop, 'hop-1']), ports), ORDERS, nativeCrypto);
  return new IncomingCalls({ verifier, strict, forwardUser: true, crypto: nativeCrypto, now });
}

function call(text: string, changes: Partial<IncomingCall> & { readonly content?: string } = {}): IncomingCall {
  const { content = BODY, ...rest } = changes;
  return {
    headers: new Headers({ 'mesh-call': text }),
    method: 'POST',
    target: TARGET,
    targetParsed: false,
    body: async () => new TextEncoder().encode(content),
    ...rest,
  };
}
const signed = (changes = {}) => boundCall(hop, { target: TARGET, body: BODY }, changes);

test('the request that was signed comes in, once', async () => {
  const incoming = setUp();
  const text = await signed();
  const { caller, context } = await incoming.admit(call(text));
  expect(caller.spiffeId).toBe(CART);
  expect(context.parentCall).toEqual({ text, audience: ORDERS, expiresAt: NOW + 30_000 });
  await expect(incoming.admit(call(text))).rejects.toThrow('used before');
});

test('of two copies at the same time one comes in', async () => {
  const incoming = setUp();
  const text = await signed();
  const outcomes = await Promise.allSettled([incoming.admit(call(text)), incoming.admit(call(text))]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test.each<[string, Parameters<typeof call>[1], string]>([
  ['method', { method: 'PUT' }, 'method'],
  ['path', { target: TARGET.replace('1', '2') }, 'path or query'],
  ['order in the query', { target: '/pay/1?a=%20x&b=2' }, 'path or query'],
  ['spelling of the query', { target: TARGET.replace('%20', '+') }, 'path or query'],
  ['query left out', { target: '/pay/1' }, 'path or query'],
  ['body', { content: `${BODY} ` }, 'body'],
  ['body left out', { content: '' }, 'body'],
])('another %s is refused, and does not use up the real one', async (_name, change, why) => {
  const incoming = setUp();
  const text = await signed();
  await expect(incoming.admit(call(text, change))).rejects.toThrow(why);
  await expect(incoming.admit(call(text))).resolves.toBeDefined();
});

test('a binding is checked also where none is asked for, and can not be overlooked', async () => {
  const incoming = setUp(false);
  await expect(incoming.admit(call(await signed(), { method: 'PUT' }))).rejects.toThrow('method');
  await expect(incoming.verify(new Headers({ 'mesh-call': await signed() }))).rejects.toThrow('mesh.admit');
  await expect(incoming.admit(call(await meshCall(hop)))).resolves.toBeDefined();
});

test('where bindings are asked for, a Mesh-Call for any request is refused', async () => {
  const text = await meshCall(hop);
  await expect(setUp().admit(call(text))).rejects.toMatchObject({ code: 'mesh_call_invalid' });
  await expect(setUp().verify(new Headers({ 'mesh-call': text }))).rejects.toMatchObject({ code: 'mesh_call_invalid' });
});

test.each([['htm'], ['pth'], ['bd']])('half a binding is none: without %s', async (name) => {
  await expect(setUp(false).admit(call(await signed({ [name]: undefined })))).rejects.toThrow('does not say to which');
});

test('the body is read only where it is covered', async () => {
  const body = () => Promise.reject(new Error('was read'));
  await expect(setUp(false).admit(call(await meshCall(hop), { body }))).resolves.toBeDefined();
});

test('what a URL parser makes of the signed query is the signed query, where the server shows nothing else', async () => {
  const text = await boundCall(hop, { target: "/pay?q='x'", body: BODY });
  const seen = { target: '/pay?q=%27x%27' };
  await expect(setUp().admit(call(text, seen))).rejects.toThrow('path or query');
  await expect(setUp().admit(call(text, { ...seen, targetParsed: true }))).resolves.toBeDefined();
  const elsewhere = await boundCall(hop, { target: '//evil/pay', body: BODY });
  await expect(setUp().admit(call(elsewhere, { target: '/pay', targetParsed: true }))).rejects.toThrow('path or query');
});
