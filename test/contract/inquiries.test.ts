import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPglite } from '../../policy-store/db/pglite.ts';
import { inquiries } from '../../workers/node/inquiries.ts';
import { documents, openStore, service, type TestStore, testPorts, workload } from './store-harness.ts';

const ALLOW = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: orders, namespace: shop }
spec:
  targetRefs: [{ group: '', kind: Service, name: orders }]
  action: ALLOW
  rules: [{ from: [{ source: { principals: [mesh.local/ns/shop/sa/web] } }], to: [{ operation: { methods: [GET] } }] }]
`;

/** The store with the routers' own decisions behind its questions. */
let mesh: TestStore;
beforeAll(async () => {
  const answers = inquiries(
    () => mesh.store.manifestKeys(),
    () => undefined,
  );
  mesh = await openStore(await openPglite('memory'), testPorts(answers));
  await mesh.apply(documents(service('orders'), workload('web'), workload('cart'), ALLOW));
});
afterAll(() => mesh.store.close());

const ask = (path: string, body: object) =>
  mesh.ask('POST', path, { body: JSON.stringify(body), type: 'application/json' });
const orders = { method: 'GET', url: 'http://orders.shop.mesh/' };

test('who-can judges every identity of the documents', async () => {
  const { body } = await ask('/v1/who-can', orders);
  expect(body.callers.map(({ of, may }: { of: string[]; may: string }) => `${of.join()} ${may}`)).toEqual([
    'Workload shop/cart no',
    'Service shop/orders no',
    'Workload shop/web yes',
  ]);
});

test('it is paged, and its pages are bounded', async () => {
  const { body } = await ask('/v1/who-can', { ...orders, offset: 2, limit: 1 });
  expect([body.callers.length, body.callers[0].of, body.total]).toEqual([1, ['Workload shop/web'], 3]);
  expect((await ask('/v1/who-can', { ...orders, limit: 1_001 })).status).toBe(400);
});

test('what-can takes the name of a document for its identity', async () => {
  const { body } = await ask('/v1/what-can', { principal: 'shop/web' });
  expect(body).toMatchObject({
    principal: 'spiffe://mesh.local/ns/shop/sa/web',
    of: ['Workload shop/web'],
    services: [{ service: 'shop/orders', access: 'some', allows: [{ policy: 'shop/orders', to: ['methods GET'] }] }],
  });
  expect((await ask('/v1/what-can', { principal: 'shop/gone' })).status).toBe(404);
});
