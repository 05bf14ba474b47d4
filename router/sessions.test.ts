import { expect, test } from 'vitest';
import type { SessionPersistence } from '../snapshot/route.ts';
import { meshPipeline } from './pipeline.ts';
import { answers, FakeClock, FakeRandom, fails, ScriptedTransport } from './ports.fake.ts';
import { backendAtWeight, ruleAt, serviceAt, tableOf } from './routing/mesh.fake.ts';
import { Served } from './served.fake.ts';

const HEADER: SessionPersistence = { type: 'Header', name: 'x-session', lifetime: 'Session' };
const COOKIE: SessionPersistence = { type: 'Cookie', name: 'sid', lifetime: 'Session' };
const at = (...ids: string[]) => ids.map((id) => ({ id, url: `http://127.0.0.1/${id}`, weight: 1 }));

interface Given {
  readonly weights?: readonly [number, number];
  readonly session?: SessionPersistence;
  readonly v2?: readonly string[];
  readonly chances?: readonly number[];
  readonly transport?: ScriptedTransport;
  readonly clock?: FakeClock;
}

/** Two versions with two endpoints each; chance is at one end, then at the other. */
function given({ weights = [1, 1], session = HEADER, v2 = ['c', 'd'], chances, ...more }: Given = {}): Promise<Served> {
  const backends = [backendAtWeight('shop/v1', weights[0]), backendAtWeight('shop/v2', weights[1])];
  const table = tableOf(ruleAt(0, { backends, session }), '/shop');
  const services = [
    serviceAt('shop/orders', { routes: { default: table, byPort: {} }, peerAuthentication: 'PERMISSIVE' }),
    serviceAt('shop/v1', { endpoints: at('a', 'b') }),
    serviceAt('shop/v2', { endpoints: at(...v2) }),
  ];
  const random = new FakeRandom(...(chances ?? [0.9, 0.9, ...Array(12).fill(0)]));
  const mesh = { services, mesh: { defaultAuthorization: 'allow' } } as const;
  return Served.start(meshPipeline, { reporter: 'router', mesh, random, ...more });
}

const ask = (served: Served, headers: Readonly<Record<string, string>> = {}) =>
  served.ask({ target: '/shop/cart', headers });
const tokenOf = async (served: Served): Promise<string> => (await ask(served)).headers.get('x-session') ?? '';

test('a client stays with the backend and endpoint that it met', async () => {
  const served = await given();
  const token = await tokenOf(served);
  expect((await ask(served, { 'x-session': token })).headers.get('x-session')).toBe(token);
  await ask(served);
  expect(served.transport.endpoints).toEqual(['d', 'd', 'a']);
});

test('a cookie is told once, for the prefix of the rule', async () => {
  const served = await given({ session: COOKIE });
  const cookie = (await ask(served)).headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/^sid=\S+; Path=\/shop; HttpOnly; SameSite=Lax$/);
  const again = await ask(served, { cookie: cookie.split(';')[0] ?? '' });
  expect([again.headers.has('set-cookie'), served.transport.endpoints]).toEqual([false, ['d', 'd']]);
});

test('a session beats weights, even weight 0', async () => {
  const token = await tokenOf(await given());
  const shifted = await given({ weights: [1, 0], chances: [] });
  await ask(shifted, { 'x-session': token });
  expect(shifted.transport.endpoints).toEqual(['d']);
});

test.each([
  ['made up', '1.00000000.00000000.a'],
  ['no token', 'v2'],
])('what is %s is a client without a session', async (_, token) => {
  const served = await given({ chances: [0, 0] });
  const reply = await ask(served, { 'x-session': token });
  expect([reply.status, served.transport.endpoints]).toEqual([200, ['a']]);
  expect(reply.headers.get('x-session')).not.toBe(token);
});

test('where the endpoint is gone the backend stays, and the client is told anew', async () => {
  const token = await tokenOf(await given());
  const without = await given({ v2: ['c'], chances: [] });
  const reply = await ask(without, { 'x-session': token });
  expect([without.transport.endpoints, reply.headers.get('x-session') === token]).toEqual([['c'], false]);
});

test('where the backend has no endpoint left, weights decide', async () => {
  const token = await tokenOf(await given());
  const empty = await given({ v2: [], weights: [1, 0], chances: [] });
  expect([(await ask(empty, { 'x-session': token })).status, empty.transport.endpoints[0]?.length]).toEqual([200, 1]);
});

test('an endpoint that fails is left for another of the backend, which then has the session', async () => {
  const token = await tokenOf(await given());
  const served = await given({ transport: new ScriptedTransport(fails('connect'), answers(200)), chances: [] });
  const reply = await ask(served, { 'x-session': token });
  expect(served.transport.endpoints).toEqual(['d', 'c']);
  await ask(served, { 'x-session': reply.headers.get('x-session') ?? '' });
  expect(served.transport.endpoints).toEqual(['d', 'c', 'c']);
});

test('a session of limited length is over in time', async () => {
  const session: SessionPersistence = { ...HEADER, absoluteTimeout: 60_000 };
  const token = await tokenOf(await given({ session }));
  const later = new FakeClock(1_700_000_060_000);
  const served = await given({ session, clock: later, chances: [0, 0] });
  await ask(served, { 'x-session': token });
  expect(served.transport.endpoints).toEqual(['a']);
});
