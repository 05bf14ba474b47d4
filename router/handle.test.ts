import { expect, test } from 'vitest';
import { Pipeline } from './exchange.ts';
import type { Arrival, Forwarded } from './facts.ts';
import { HeaderList } from './headers.ts';
import { meshPipeline } from './pipeline.ts';
import { answers, FakeClock, FakeUpstreamBody, ScriptedTransport, slowly } from './ports.fake.ts';
import type { FakeMesh } from './routing/mesh.fake.ts';
import { backendAtWeight, policyAt, ruleAt, serviceAt, tableOf } from './routing/mesh.fake.ts';
import { codeOf, Served, type ServedOptions } from './served.fake.ts';
import { ChunkUnavailable } from './snapshot/chunk-reader.ts';
import { SnapshotRejected } from './snapshot/snapshot-rejected.ts';

const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
const allowCart = policyAt('shop/allow-cart', 'ALLOW', { from: [{ principals: ['mesh.local/ns/shop/sa/cart'] }] });

const serving = (over: Partial<ServedOptions> = {}, mesh: FakeMesh = {}): Promise<Served> =>
  Served.start(meshPipeline, {
    reporter: 'router',
    mesh: { services: [serviceAt('shop/orders', { policies: [allowCart] })], ...mesh },
    ...over,
  });

test('a call that is allowed is forwarded with what is known about it', async () => {
  const served = await serving({ transport: new ScriptedTransport(answers(201, { 'x-from': 'orders' })) });
  const reply = await served.ask({ from: CART, target: '/a?b=1', headers: { 'x-own': '1' } });
  expect([reply.status, reply.headers.get('x-from'), reply.headers.get('mesh-revision')]).toEqual([201, 'orders', '7']);
  const call = served.transport.calls[0];
  expect(call).toMatchObject({ method: 'GET', authority: 'orders.shop.mesh', target: '/a?b=1' });
  expect(call?.headers.get('x-own')).toBe('1');
  expect(call?.headers.get('mesh-call')).toMatch(/^ey/);
  expect(call?.headers.has('workload-identity-token')).toBe(false);
});

test('works the same when everything has to be loaded first', async () => {
  const served = await serving({}, { cold: true });
  expect((await served.ask({ from: CART })).status).toBe(200);
});

test.each([
  ['nothing sent', {}, 401, 'unauthenticated'],
  ['somebody else', { from: 'spiffe://mesh.local/ns/shop/sa/thief' }, 403, 'permission_denied'],
  ['an unknown service', { from: CART, authority: 'nowhere.shop.mesh' }, 404, 'service_not_found'],
  ['a broken token', { headers: { 'workload-identity-token': 'x' } }, 400, 'token_invalid'],
  ['a path that climbs', { from: CART, target: '/a/../b' }, 400, 'request_invalid'],
  ['a loop', { from: CART, headers: { 'mesh-hops': '8' } }, 508, 'loop_detected'],
])('refuses %s', async (_name, asked, status, code) => {
  const served = await serving();
  const reply = await served.ask(asked);
  expect([reply.status, codeOf(reply), reply.headers.get('mesh-reason')]).toEqual([status, code, code]);
  expect(served.transport.calls).toHaveLength(0);
});

test.each(['snapshot_unavailable', 'snapshot_stale'] as const)('refuses everything: %s', async (without) => {
  const served = await serving({ without });
  const reply = await served.ask({ from: CART });
  expect([reply.status, codeOf(reply), reply.headers.get('retry-after')]).toEqual([503, without, '1']);
  expect(reply.headers.get('mesh-revision')).toBe('6');
});

test.each([new ChunkUnavailable('store is away'), new SnapshotRejected('wrong hash')])(
  "a part of the snapshot that can not be had is the mesh's fault, and passes: $name",
  async (lost) => {
    const served = await serving({}, { lost });
    const reply = await served.ask({ from: CART });
    expect([reply.status, codeOf(reply), reply.headers.get('retry-after')]).toEqual([503, 'snapshot_unavailable', '1']);
    expect(reply.body).not.toContain(lost.message);
  },
);

test('a refusal tells nothing of the policy, the record does', async () => {
  const served = await serving();
  const reply = await served.ask({ from: 'spiffe://mesh.local/ns/shop/sa/thief' });
  expect(reply.body).not.toContain('allow-cart');
  reply.finish({ outcome: 'complete' });
  expect(served.telemetry.records[0]).toMatchObject({ authorization: 'deny', reason: 'permission_denied' });
  expect(served.telemetry.records[0]?.detail).toContain('decided by');
});

test('a redirect is answered here', async () => {
  const rule = ruleAt(0, { filters: [{ type: 'RequestRedirect', hostname: 'elsewhere.test', statusCode: 301 }] });
  const orders = serviceAt('shop/orders', { policies: [allowCart], routes: { default: tableOf(rule), byPort: {} } });
  const served = await serving({}, { services: [orders] });
  const reply = await served.ask({ from: CART, target: '/x' });
  expect([reply.status, reply.headers.get('location'), reply.body]).toEqual([301, 'http://elsewhere.test/x', null]);
  expect(reply.headers.get('mesh-decision-id')).toMatch(/^[0-9a-f]{32}$/);
});

test('a router that stops decides nothing, and says that nothing was done', async () => {
  const served = await serving({ without: 'draining' });
  const reply = await served.ask();
  expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '1']);
  expect(JSON.parse(reply.body as string)).toMatchObject({ code: 'snapshot_unavailable', check: 'draining' });
});

test('HEAD is refused without a body', async () => {
  const reply = await (await serving()).ask({ method: 'HEAD' });
  expect([reply.status, reply.body]).toEqual([401, null]);
});

test('what the upstream says about the mesh is not believed', async () => {
  const forged = answers(200, { 'mesh-reason': 'forged', 'mesh-decision-id': 'forged', 'mesh-revision': '99' });
  const { headers } = await (await serving({ transport: new ScriptedTransport(forged) })).ask({ from: CART });
  expect([headers.get('mesh-reason'), headers.get('mesh-revision')]).toEqual([undefined, '7']);
  expect(headers.getAll('mesh-decision-id')).not.toContain('forged');
});

test('a bug is told to the log and not to the caller', async () => {
  const transport = new ScriptedTransport(async () => {
    throw new TypeError('secret words');
  });
  const served = await serving({ transport });
  const reply = await served.ask({ from: CART });
  expect([reply.status, codeOf(reply)]).toEqual([500, 'internal_error']);
  expect(reply.body).not.toContain('secret words');
  const [line] = served.log.lines;
  expect(line?.message).toBe('forward failed');
  expect(line?.fields).toMatchObject({ router: 'r1', decisionId: reply.headers.get('mesh-decision-id') });
  expect(line?.fields.error).toContain('secret words');
});

test('an answer that no sense can be made of is let go', async () => {
  const body = new FakeUpstreamBody();
  const headers = new HeaderList();
  headers.getAll = () => {
    throw new TypeError('bug');
  };
  const transport = new ScriptedTransport(async () => ({ status: 200, headers, body }));
  expect((await (await serving({ transport })).ask({ from: CART })).status).toBe(500);
  expect(body.discarded).toBe(true);
});

test('the record of a refusal says what policies in shadow would have done', async () => {
  const shadow = { ...policyAt('shop/try', 'ALLOW', {}), mode: 'shadow' } as const;
  const served = await serving({}, { services: [serviceAt('shop/orders', { policies: [shadow] })] });
  expect(await served.tell({ from: CART })).toMatchObject({
    status: 403,
    shadow: { would: 'allow', decidedBy: 'shop/try', flips: true },
  });
});

test('one record a request, however often it is finished', async () => {
  const served = await serving();
  const reply = await served.ask({ from: CART });
  expect(served.telemetry.records).toHaveLength(0);
  reply.finish({ outcome: 'complete' });
  reply.finish({ outcome: 'client_closed' });
  expect(served.telemetry.records).toHaveLength(1);
});

test('a record says who called what, by which route, and how long it took', async () => {
  const clock = new FakeClock();
  const rule = ruleAt(0, { backends: [backendAtWeight('shop/orders-v2')] });
  const orders = serviceAt('shop/orders', { policies: [allowCart], routes: { default: tableOf(rule), byPort: {} } });
  const transport = new ScriptedTransport(slowly(clock, 40));
  const served = await serving({ clock, transport }, { services: [orders, serviceAt('shop/orders-v2')] });
  expect(await served.tell({ from: CART, target: '/a?token=1' })).toMatchObject({
    reporter: 'router',
    revision: 7,
    duration: 40,
    path: '/a',
    status: 200,
    reason: undefined,
    source: CART,
    destination: 'shop/orders',
    backend: 'shop/orders-v2',
    route: 'HTTPRoute/shop/route/0',
    authorization: 'allow',
    bytesOut: 2,
    attempts: [{ endpoint: 'one', duration: 40, status: 200, failure: undefined }],
  });
});

test('a call that is denied has no backend', async () => {
  const rule = ruleAt(0, { backends: [backendAtWeight('shop/orders-v2')] });
  const orders = serviceAt('shop/orders', { policies: [], routes: { default: tableOf(rule), byPort: {} } });
  const served = await serving({}, { services: [orders, serviceAt('shop/orders-v2')] });
  const { destination, backend, reason } = await served.tell({ from: CART });
  expect([destination, backend, reason]).toEqual(['shop/orders', undefined, 'permission_denied']);
});

test('an answer that breaks off has a reason', async () => {
  const served = await serving();
  (await served.ask({ from: CART })).finish({ outcome: 'upstream_reset', bytesOut: 7 });
  expect(served.telemetry.records[0]).toMatchObject({ status: 200, reason: 'upstream_reset', bytesOut: 7 });
});

test.each([
  ['a client that left', 'client_closed', { status: 499, reason: 'client_closed' }],
  ['a caller who was revoked', 'revoked', { status: 400, reason: 'token_invalid', check: 'revoked' }],
] as const)('%s before the answer goes out gets none, and it is let go', async (_who, why, record) => {
  const body = new FakeUpstreamBody();
  const pipeline = Pipeline.start<Arrival>().stage<Forwarded>('answer', ({ cancellation }) => {
    cancellation.cancel(why);
    return { response: { status: 200, headers: new HeaderList(), body } };
  });
  const served = await Served.start(pipeline, { reporter: 'router', mesh: {} });
  expect(await served.tell()).toMatchObject(record);
  expect(body.discarded).toBe(true);
});
test('stages are counted in their order, up to the one that refuses', async () => {
  const served = await serving();
  await served.ask({ from: CART });
  await served.ask({ from: 'spiffe://mesh.local/ns/shop/sa/thief' });
  const counted = served.stats.list().map(({ stage, count, refused }) => `${stage} ${count} ${refused}`);
  expect(counted).toEqual([
    'screen 2 0',
    'trace 2 0',
    'resolve-service 2 0',
    'authenticate 2 0',
    'match-route 2 0',
    'answer-preflight 2 0',
    'authenticate-user 2 0',
    'authorize 2 1',
    'limit-rate 1 0',
    'inject-fault 1 0',
    'filter-request 1 0',
    'mirror 1 0',
    'admit 1 0',
    'forward 1 0',
    'filter-response 1 0',
  ]);
});

test('waiting counts for the stage that waits, and so does failing', async () => {
  const clock = new FakeClock();
  const transport = new ScriptedTransport(
    slowly(clock, 30, async () => {
      throw new TypeError('bug');
    }),
  );
  const served = await serving({ clock, transport });
  await served.ask({ from: CART });
  expect(served.stats.list().find(({ stage }) => stage === 'forward')).toEqual({
    stage: 'forward',
    count: 1,
    refused: 1,
    millis: 30,
  });
});
