import { describe, expect, test } from 'vitest';
import type { Filter } from '../../snapshot/route.ts';
import { meshPipeline } from '../pipeline.ts';
import { type Act, answers, FakeBody, FakeRandom, fails, hangs, ScriptedTransport } from '../ports.fake.ts';
import { backendAtWeight, policyAt, ruleAt, serviceAt, tableOf } from '../routing/mesh.fake.ts';
import { codeOf, Served, type ServedOptions } from '../served.fake.ts';

const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
const at = (id: string) => [{ id, url: `http://127.0.0.1/${id}`, weight: 1 }];

const mirrorTo = (name: string, share = 1): Filter => ({
  type: 'RequestMirror',
  backend: { namespace: 'shop', name, port: 80 },
  share,
});

/** Acts by endpoint, in place of an order that is left to chance. */
class ByEndpoint extends ScriptedTransport {
  constructor(acts: Readonly<Record<string, Act>>) {
    super((call, cancel) => (acts[call.endpoint.id] ?? answers(200))(call, cancel));
  }
}

function mirrored(
  filters: readonly Filter[],
  acts: Readonly<Record<string, Act>> = {},
  more: Partial<ServedOptions> = {},
) {
  const table = tableOf(ruleAt(0, { filters, backends: [backendAtWeight('shop/v1')] }));
  const services = [
    serviceAt('shop/orders', { routes: { default: table, byPort: {} }, peerAuthentication: 'PERMISSIVE' }),
    serviceAt('shop/v1', { endpoints: at('v1') }),
    serviceAt('shop/v2', { endpoints: at('v2') }),
    serviceAt('shop/closed', { endpoints: at('closed'), policies: [policyAt('shop/none', 'DENY', {})] }),
    serviceAt('shop/empty', { endpoints: [] }),
  ];
  return Served.start(meshPipeline, {
    reporter: 'router',
    mesh: { services, mesh: { defaultAuthorization: 'allow' } },
    transport: new ByEndpoint(acts),
    ...more,
  });
}

test('a copy goes out as the request did, in the name of the same caller, to another audience', async () => {
  const set: Filter = { type: 'RequestHeaderModifier', set: [{ name: 'x-set', value: '1' }] };
  const served = await mirrored([mirrorTo('v2'), set]);
  const record = await served.tell({ from: CART, target: '/a?b', headers: { cookie: 'c' } });
  await Promise.all(served.background);
  const [main, copy] = served.transport.calls;
  expect(served.transport.endpoints).toEqual(['v1', 'v2']);
  expect(copy).toMatchObject({ method: 'GET', target: '/a?b', authority: main?.authority });
  const differing = [...(copy?.headers ?? [])].filter(([name, value]) => main?.headers.get(name) !== value);
  expect(differing.map(([name]) => name)).toEqual(['mesh-call', 'traceparent']);
  const claims = JSON.parse(atob(copy?.headers.get('mesh-call')?.split('.')[1] ?? '')) as Record<string, unknown>;
  expect(claims).toMatchObject({ sub: CART, aud: 'spiffe://mesh.local/ns/shop/sa/v2' });
  expect(record).toMatchObject({ backend: 'shop/v1', mirrors: [{ service: 'shop/v2', outcome: 'sent' }] });
});

test('several mirrors get a copy each, a share of them by chance', async () => {
  const served = await mirrored(
    [mirrorTo('v2', 0.3), mirrorTo('v2'), mirrorTo('v2', 0)],
    {},
    { random: new FakeRandom(0.1, 0.29, 0) },
  );
  expect((await served.tell({ from: CART })).mirrors).toHaveLength(2);
  expect((await served.tell({ from: CART })).mirrors).toHaveLength(1);
});

describe('whatever a mirror does, the caller gets the answer of the backend', () => {
  test.each([
    ['hangs', hangs],
    ['refuses the connection', fails('connect')],
    ['answers with an error', answers(500)],
  ])('it %s', async (_, act) => {
    const served = await mirrored([mirrorTo('v2')], { v2: act });
    expect((await served.ask({ from: CART })).status).toBe(200);
    await served.clock.settle(Promise.all(served.background));
    expect(served.transport.endpoints).toEqual(['v1', 'v2']);
    expect(served.transport.bodies.slice(1).every(({ discarded }) => discarded)).toBe(true);
  });

  test('the copy is sent also when the backend fails', async () => {
    const served = await mirrored([mirrorTo('v2')], { v1: fails('reset') });
    expect(codeOf(await served.ask({ from: CART, method: 'POST' }))).toBe('upstream_reset');
    expect(served.transport.endpoints).toEqual(['v1', 'v2']);
  });
});

test.each([
  ['closed', 'denied'],
  ['empty', 'no_endpoint'],
  ['unknown', 'no_endpoint'],
])('a mirror gets nothing that is %s: %s', async (name, outcome) => {
  const served = await mirrored([mirrorTo(name)]);
  const record = await served.tell({ from: CART });
  expect([record.status, record.mirrors]).toEqual([200, [{ service: `shop/${name}`, outcome }]]);
  expect(served.transport.endpoints).toEqual(['v1']);
});

test.each([
  ['a small one is copied', 10, 'sent', 2],
  ['a large one is not', 100_000, 'body_not_kept', 1],
  ['nor is a stream', 'stream' as const, 'body_not_kept', 1],
])('of bodies, %s', async (_, size, outcome, calls) => {
  const served = await mirrored([mirrorTo('v2')]);
  const record = await served.tell({ from: CART, method: 'POST', body: new FakeBody(size) });
  expect([record.status, record.mirrors?.[0]?.outcome, served.transport.calls.length]).toEqual([200, outcome, calls]);
});

test('copies at the same time are limited, requests are not', async () => {
  const served = await mirrored([mirrorTo('v2')], { v2: hangs }, { backgroundLimit: 1 });
  const records = [await served.tell(), await served.tell()];
  expect(records.map(({ status, mirrors }) => [status, mirrors?.[0]?.outcome])).toEqual([
    [200, 'sent'],
    [200, 'too_many'],
  ]);
});

test('a tunnel has no copy', async () => {
  const served = await mirrored([mirrorTo('v2')]);
  const record = await served.tell({ from: CART, upgrade: 'websocket' });
  expect([record.status, record.mirrors, served.transport.endpoints]).toEqual([200, undefined, ['v1']]);
});
