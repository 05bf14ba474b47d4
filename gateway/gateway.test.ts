import { expect, test } from 'vitest';
import { answers, FakeRandom, ScriptedTransport } from '../router/ports.fake.ts';
import {
  backendAtWeight,
  type FakeMesh,
  gatewayAt,
  policyAt,
  ruleAt,
  serviceAt,
  tableOf,
} from '../router/routing/mesh.fake.ts';
import { codeOf, Served } from '../router/served.fake.ts';
import type { FaultRule, Filter } from '../snapshot/route.ts';
import { gatewayPipeline } from './pipeline.ts';

const ORDERS = serviceAt('shop/orders');
const FROM_GATEWAY = policyAt('shop/allow-front', 'ALLOW', { from: [{ principals: ['mesh.local/ns/shop/sa/front'] }] });

/** `*.shop.test` on port 80, everything to orders. */
function frontAt(filters: readonly Filter[] = [], policies: Parameters<typeof gatewayAt>[2] = []) {
  const table = tableOf(ruleAt(0, { filters, backends: [backendAtWeight('shop/orders')] }));
  const hosts = [{ hostname: '*.shop.test', table }];
  return gatewayAt('shop/front', [{ name: 'http', port: 80, protocol: 'HTTP', hosts }], policies);
}

const serving = (mesh: FakeMesh = {}, ...acts: ConstructorParameters<typeof ScriptedTransport>): Promise<Served> =>
  Served.start(gatewayPipeline, {
    reporter: 'gateway',
    mesh: { services: [ORDERS], gateways: [frontAt()], policies: [FROM_GATEWAY], ...mesh },
    transport: new ScriptedTransport(...acts),
  });

test('a request from outside is forwarded in the name of the gateway', async () => {
  const served = await serving();
  const record = await served.tell({ authority: 'www.shop.test', target: '/a?b' });
  expect(served.transport.calls[0]).toMatchObject({ authority: 'www.shop.test', target: '/a?b' });
  expect(record).toMatchObject({
    reporter: 'gateway',
    status: 200,
    source: 'spiffe://mesh.local/ns/shop/sa/front',
    destination: 'shop/orders',
    backend: 'shop/orders',
    route: 'HTTPRoute/shop/route/0',
    authorization: 'allow',
  });
});

test('works the same when everything has to be loaded first', async () => {
  const served = await serving({ cold: true });
  expect((await served.ask({ authority: 'www.shop.test' })).status).toBe(200);
});

test.each([
  ['another host', 'elsewhere.test'],
  ['an address', '127.0.0.1:8080'],
  ['a name of the mesh', 'orders.shop.mesh'],
])('%s has no route here', async (_name, authority) => {
  const reply = await (await serving()).ask({ authority });
  expect([reply.status, codeOf(reply)]).toEqual([404, 'route_not_found']);
});

test('the mesh is denied to the gateway until a policy allows it', async () => {
  const served = await serving({ policies: [] });
  expect(codeOf(await served.ask({ authority: 'www.shop.test' }))).toBe('permission_denied');
});

test.each([
  ['/admin/x', 403],
  ['/shop', 200],
])("the gateway's own policies are judged too: %s", async (target, status) => {
  const policies = [policyAt('shop/no-admin', 'DENY', { to: [{ paths: ['/admin*'] }] })];
  const served = await serving({ gateways: [frontAt([], policies)], mesh: { defaultAuthorization: 'allow' } });
  expect((await served.ask({ authority: 'a.shop.test', target })).status).toBe(status);
});

test('nobody outside speaks for the mesh', async () => {
  const served = await serving({}, answers(200));
  const headers = { 'mesh-authority': 'x.shop.mesh', 'mesh-deadline': '1000', 'mesh-attempt': '2', 'mesh-call': 'x' };
  expect((await served.ask({ authority: 'www.shop.test', headers })).status).toBe(200);
  const sent = served.transport.calls[0]?.headers;
  expect(sent?.get('mesh-deadline')).toBe(String(served.clock.now() + 15_000));
  expect([sent?.has('mesh-authority'), sent?.get('mesh-call')]).toEqual([false, expect.stringMatching(/^ey/)]);
});

test('faults of the service hold here, and nobody outside asks for one in the name of the gateway', async () => {
  const faulty = (...faults: FaultRule[]) =>
    serving({ services: [serviceAt('shop/orders', { traffic: { ...ORDERS.chunk.traffic, faults } })] });
  const always = { name: 'shop/always', abort: { status: 418, share: 1 } };
  expect((await (await faulty(always)).ask({ authority: 'www.shop.test' })).status).toBe(418);
  const onDemand = { name: 'shop/on-demand', byHeader: { principals: ['*'] } };
  const headers = { 'mesh-fault-abort': '503' };
  expect((await (await faulty(onDemand)).ask({ authority: 'www.shop.test', headers })).status).toBe(200);
});

test('a redirect believes in the logical port of the listener', async () => {
  const redirect: Filter = { type: 'RequestRedirect', hostname: 'new.test', statusCode: 302 };
  const served = await serving({ gateways: [frontAt([redirect])], mesh: { defaultAuthorization: 'allow' } });
  const reply = await served.ask({ authority: 'www.shop.test:18080', target: '/x' });
  expect([reply.status, reply.headers.get('location')]).toEqual([302, 'http://new.test/x']);
});

test('its list, in run order', () => {
  expect(gatewayPipeline.names.join(' ')).toBe(
    'screen trace match-listener match-gateway-route answer-preflight authenticate-user authorize limit-rate inject-fault filter-request mirror admit forward filter-response',
  );
});

test('a request on a connection that was made for another listener is sent away', async () => {
  const table = tableOf(ruleAt(0, { backends: [backendAtWeight('shop/orders')] }));
  const at = (name: string, hostname: string) =>
    ({ name, port: 443, protocol: 'HTTPS', hostname, hosts: [{ hostname, table }] }) as const;
  const served = await serving({ gateways: [gatewayAt('shop/front', [at('a', 'a.test'), at('b', 'b.test')])] });
  const connection = { tls: true, serverName: 'a.test', gateway: 'shop/front', listenerPort: 443 };
  const replies = [
    await served.ask({ authority: 'a.test', connection }),
    await served.ask({ authority: 'b.test', connection }),
  ];
  expect(replies.map((reply) => [reply.status, codeOf(reply)])).toEqual([
    [200, undefined],
    [421, 'request_invalid'],
  ]);
});

test('callers from outside are not told apart by the principal, which is the gateway', async () => {
  const backends = [backendAtWeight('shop/orders'), { weight: 1, invalid: 'gone' }];
  const table = tableOf(ruleAt(0, { backends, sticky: { from: 'principal' } }));
  const listener = { name: 'http', port: 80, protocol: 'HTTP', hosts: [{ hostname: '*', table }] } as const;
  const random = new FakeRandom(0, 0.5, 0.9);
  const served = await Served.start(gatewayPipeline, {
    reporter: 'gateway',
    mesh: { services: [ORDERS], gateways: [gatewayAt('shop/front', [listener])], policies: [FROM_GATEWAY] },
    random,
  });
  expect([(await served.ask()).status, (await served.ask()).status]).toEqual([200, 500]);
});
