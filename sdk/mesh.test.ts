import { context, TraceFlags, trace } from '@opentelemetry/api';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterEach, expect, test } from 'vitest';
import { contextOf } from './call-context.ts';
import { issuedToken } from './issued-token.ts';
import { createMesh, type MeshOptions } from './mesh.ts';
import { bundleOf, CART, fakeFetch, NOW, newKey, SetClock, THEN, witFor } from './surroundings.fake.ts';

const key = await newKey();
const wit = await witFor(CART, THEN + 1800, key);
const identity = issuedToken({ wit, privateJwk: key.privateJwk });

function setUp(options: Partial<MeshOptions> = {}) {
  const fetch = fakeFetch(() => new Response('ok'));
  const clock = new SetClock();
  const mesh = createMesh({
    identity,
    router: 'http://127.0.0.1:8081',
    trustBundle: bundleOf(),
    fetch,
    clock,
    ...options,
  });
  const sent = () => fetch.asked.at(-1)!;
  return { mesh, clock, sent, fetch };
}

afterEach(() => context.disable());

test('calls a service through the router, with its identity and a proof for it', async () => {
  const { mesh, sent } = setUp();
  await mesh.fetch('http://orders.shop.mesh:8080/a/b?c=d', { method: 'POST', body: 'x' });
  const { url, init, headers } = sent();
  expect(url).toBe('http://127.0.0.1:8081/a/b?c=d');
  expect(init).toMatchObject({ method: 'POST', body: 'x', redirect: 'manual' });
  expect(headers.get('mesh-authority')).toBe('orders.shop.mesh:8080');
  expect(headers.get('workload-identity-token')).toBe(wit);
  const proof = headers.get('workload-proof-token')!;
  expect(decodeProtectedHeader(proof)).toEqual({ typ: 'wpt+jwt', alg: 'ES256' });
  expect(decodeJwt(proof)).toMatchObject({ aud: 'http://orders.shop.mesh', exp: THEN + 30 });
});

test('a service of the default namespace has its full name in the proof', async () => {
  const { mesh, sent } = setUp();
  await mesh.fetch('http://orders.mesh/');
  expect(sent().headers.get('mesh-authority')).toBe('orders.mesh');
  expect(decodeJwt(sent().headers.get('workload-proof-token')!).aud).toBe('http://orders.default.mesh');
});

test('one proof serves 20 s of calls to one service, and no other service', async () => {
  const { mesh, clock, sent } = setUp();
  const proofAt = async (time: number, url = 'http://orders.shop.mesh/'): Promise<string | null> => {
    clock.time = time;
    await mesh.fetch(url);
    return sent().headers.get('workload-proof-token');
  };
  const first = await proofAt(NOW);
  expect(await proofAt(NOW + 19_999)).toBe(first);
  expect(await proofAt(NOW, 'http://payments.shop.mesh/')).not.toBe(first);
  expect(await proofAt(NOW + 20_000)).not.toBe(first);
});

test('a bearer token that goes with a call is bound to the proof', async () => {
  const { mesh, sent } = setUp();
  const athOf = async (headers: HeadersInit): Promise<unknown> => {
    await mesh.fetch('http://orders.shop.mesh/', { headers });
    return decodeJwt(sent().headers.get('workload-proof-token')!).ath;
  };
  expect(await athOf({})).toBeUndefined();
  expect(await athOf({ authorization: 'Basic eDp5' })).toBeUndefined();
  const ath = await athOf({ authorization: 'Bearer user-token' });
  expect(ath).toBe(Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from('user-token'))).toString('base64url'));
});

test.each([
  ['https://orders.shop.mesh/', 'http://'],
  ['https://example.com/', 'outside of the mesh'],
  ['http://orders.shop.mesh.example.com/', 'outside of the mesh'],
  ['http://evilmesh/', 'outside of the mesh'],
  ['http://mesh/', 'outside of the mesh'],
  ['http://127.0.0.1/', 'outside of the mesh'],
  ['http://a.b.c.mesh/', 'form'],
  ['http://or_ders.shop.mesh/', 'form'],
  ['http://user:secret@orders.shop.mesh/', 'user or password'],
  ['/orders', 'absolute'],
])('sends nothing to %s', async (url, why) => {
  const { mesh, fetch } = setUp();
  await expect(mesh.fetch(url)).rejects.toMatchObject({
    code: 'address_invalid',
    message: expect.stringContaining(why),
  });
  expect(fetch.asked).toEqual([]);
});

test('only the SDK sets headers of the mesh', async () => {
  const { mesh, sent } = setUp();
  const forged = {
    'Mesh-Call': 'x',
    'x-mesh-a': 'x',
    'Mesh-Authority': 'admin.shop.mesh',
    'workload-proof-token': 'x',
  };
  await mesh.fetch('http://orders.shop.mesh/', { headers: { ...forged, accept: 'text/html' } });
  const { headers } = sent();
  expect([...headers.keys()]).toEqual(['accept', 'mesh-authority', 'workload-identity-token', 'workload-proof-token']);
  expect(headers.get('mesh-authority')).toBe('orders.shop.mesh');
});

test('takes a Request as it is, its body as a stream', async () => {
  const { mesh, sent } = setUp();
  const request = new Request('http://orders.shop.mesh/x', { method: 'PUT', body: 'text', headers: { 'x-a': '1' } });
  await mesh.fetch(request);
  expect(sent().init).toMatchObject({ method: 'PUT', duplex: 'half', body: request.body });
  expect(sent().headers.get('x-a')).toBe('1');
});

test('continues the context that it runs in, also after an await', async () => {
  const { mesh, sent } = setUp();
  const incoming = new Headers({
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    tracestate: 'x=y',
    baggage: 'k=v',
    'x-request-id': 'r-1',
    'mesh-deadline': String(NOW + 5000),
    'mesh-attempt': '2',
    authorization: 'Bearer user-token',
  });
  await mesh.run(contextOf(incoming), async () => {
    await Promise.resolve();
    await mesh.fetch('http://orders.shop.mesh/');
  });
  for (const name of ['traceparent', 'tracestate', 'baggage', 'x-request-id', 'mesh-deadline', 'mesh-attempt']) {
    expect(sent().headers.get(name)).toBe(incoming.get(name));
  }
  expect(sent().headers.has('authorization')).toBe(false);
  await mesh.run(contextOf(incoming, { authorization: true }), () => mesh.fetch('http://orders.shop.mesh/'));
  expect(sent().headers.get('authorization')).toBe('Bearer user-token');
});

test('what is no retry does not say that it is one', async () => {
  const { mesh, sent } = setUp();
  for (const attempt of ['1', '0', 'two', '1000']) {
    await mesh.run(contextOf(new Headers({ 'mesh-attempt': attempt })), () => mesh.fetch('http://orders.shop.mesh/'));
    expect(sent().headers.has('mesh-attempt')).toBe(false);
  }
});

test('malformed context is left out', () => {
  expect(
    contextOf(new Headers({ traceparent: 'zz', tracestate: 'x=y', 'mesh-deadline': 'soon', baggage: '' })),
  ).toEqual({});
});

test('the active span of OpenTelemetry is the parent of the call', async () => {
  const { mesh, sent } = setUp();
  const span = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: TraceFlags.SAMPLED };
  const active = trace.setSpanContext(context.active(), span);
  const only = {
    active: () => active,
    with: () => undefined,
    bind: () => undefined,
    enable: () => only,
    disable: () => only,
  };
  context.setGlobalContextManager(only as unknown as Parameters<typeof context.setGlobalContextManager>[0]);
  await mesh.run({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'x=y' }, () =>
    mesh.fetch('http://orders.shop.mesh/'),
  );
  expect(sent().headers.get('traceparent')).toBe(`00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`);
  expect(sent().headers.has('tracestate')).toBe(false);
});

test('the earlier of timeout and inherited deadline holds', async () => {
  const { mesh, sent } = setUp();
  const deadlineOf = async (deadline: number, timeout: number): Promise<string | null> => {
    await mesh.run({ deadline }, () => mesh.fetch('http://orders.shop.mesh/', { timeout }));
    return sent().headers.get('mesh-deadline');
  };
  expect(await deadlineOf(NOW + 5000, 1000)).toBe(String(NOW + 1000));
  expect(await deadlineOf(NOW + 500, 1000)).toBe(String(NOW + 500));
});

test('a call without time left is not made', async () => {
  const { mesh, fetch } = setUp();
  const call = mesh.run({ deadline: NOW }, () => mesh.fetch('http://orders.shop.mesh/'));
  await expect(call).rejects.toMatchObject({ code: 'deadline_exceeded' });
  expect(fetch.asked).toEqual([]);
});

test('an issued token that has expired is not used', async () => {
  const { mesh, clock } = setUp();
  clock.time = NOW + 1_800_000;
  await expect(mesh.fetch('http://orders.shop.mesh/')).rejects.toMatchObject({ code: 'identity_unavailable' });
});

test.each(['not a url', 'ftp://127.0.0.1', 'http://127.0.0.1/path'])('a router at %s is a mistake', (router) => {
  expect(() => setUp({ router })).toThrow('router');
});
