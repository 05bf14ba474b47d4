import { expect, test } from 'vitest';
import { compileMesh } from '../../policy-store/compiler/index.ts';
import { defineMesh, type MeshDocument } from '../../policy-store/resources/define-mesh.ts';
import { parseDocuments, type Resource, resourceKey } from '../../policy-store/resources/index.ts';
import { runCommandLine } from '../application.ts';
import { fakeContext } from '../context.fake.ts';
import type { Description } from '../description/description.ts';

const core: MeshDocument = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'orders', namespace: 'shop', annotations: { 'who\u001b[1m': 'blue\u001b[31m' } },
  spec: { ports: [{ port: 80 }, { port: 90, name: 'grpc', targetPort: 9090 }] },
};
const twin: MeshDocument = {
  apiVersion: 'gossamer.mesh/v1',
  kind: 'AuthorizationPolicy',
  metadata: { name: 'orders-from-cart', namespace: 'shop' },
  spec: { action: 'DENY' },
};
const secret: MeshDocument = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'cert', namespace: 'shop' },
  spec: { type: 'kubernetes.io/tls', data: { 'tls.key': 'c2VjcmV0' } },
};
const grpc: MeshDocument = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GRPCRoute',
  metadata: { name: 'charges', namespace: 'shop' },
  spec: {
    parentRefs: [{ group: '', kind: 'Service', name: 'payments-v1' }],
    rules: [{ matches: [{ method: { service: 'pay.Payments' } }], backendRefs: [{ name: 'payments', port: 80 }] }],
  },
};

const mesh = defineMesh({
  namespace: 'shop',
  services: {
    orders: { endpoints: 'http://127.0.0.1:9103', ports: [] },
    payments: {},
    'payments-v1': 'http://127.0.0.1:9104',
  },
  workloads: ['cart'],
  gateways: {
    edge: { listeners: { http: 80, other: { port: 81, hostname: 'a.example' } }, bind: { 80: '127.0.0.1:18080' } },
  },
  elsewhere: { services: ['gone', 'billing/invoices'] },
  routes: {
    payments: {
      on: ['payments', { to: 'edge', section: 'nope' }],
      rules: [
        {
          name: 'canary',
          when: { path: '/v2', headers: { 'x-canary': 'yes' } },
          to: { 'payments-v1': 3, gone: 1 },
          timeout: '2s',
        },
        { redirect: { scheme: 'https' } },
      ],
    },
    web: { on: 'edge', hostnames: ['a.example'], to: 'orders', when: [{ method: 'GET', path: { exact: '/' } }, {}] },
    lost: { on: 'gone', to: 'billing/invoices' },
  },
  policies: {
    'orders-from-cart': { allow: 'cart', to: 'orders', methods: ['GET', 'POST'], paths: ['/orders'] },
    'no-tools': { deny: { namespace: 'tools' }, to: '*' },
    'mesh-system/all': { allow: 'edge', to: '*' },
  },
  documents: [core, secret, grpc],
});

/** Documents as a store holds them: with the status that the compiler gives. */
function stored(documents: readonly MeshDocument[]): Resource[] {
  const { documents: parsed, diagnostics } = parseDocuments(JSON.stringify(documents), 'json');
  expect(diagnostics).toEqual([]);
  const resources = parsed.map(({ resource }) => resource);
  const { statuses } = compileMesh(resources, { dev: true });
  return resources.map((resource) => ({ ...resource, status: statuses.get(resourceKey(resource)) ?? {} }));
}

async function describe(line: string, documents = mesh.toDocuments()) {
  const context = fakeContext({ store: { 'GET /v1/resources': [200, { items: stored(documents) }] } });
  const code = await runCommandLine(['describe', ...line.split(' ')], context);
  return { code, out: context.out(), err: context.err() };
}

const json = async (line: string): Promise<Description> =>
  JSON.parse((await describe(`${line} -n shop --json`)).out) as Description;

test('a service: address, identity, endpoints, and how it is called', async () => {
  const { service, documents } = await json('svc orders');
  expect(documents.map(({ apiVersion }) => apiVersion).sort()).toEqual(['gossamer.mesh/v1', 'v1']);
  expect(service).toMatchObject({
    address: 'http://orders.shop.mesh',
    identity: 'spiffe://mesh.local/ns/shop/sa/orders',
    peerAuthentication: 'STRICT',
    endpoints: [{ url: 'http://127.0.0.1:9103', weight: 1 }],
    backendOf: ['HTTPRoute shop/web'],
  });
});

test('the policies of a service: its own, its namespace’s, the mesh’s', async () => {
  const { service } = await json('service orders');
  expect(service?.policies).toEqual([
    {
      policy: 'shop/orders-from-cart',
      action: 'ALLOW',
      scope: 'service',
      rules: ['from principals mesh.local/ns/shop/sa/cart to methods GET|POST, paths /orders'],
    },
    { policy: 'shop/no-tools', action: 'DENY', scope: 'namespace', rules: ['from namespaces tools'] },
    {
      policy: 'mesh-system/all',
      action: 'ALLOW',
      scope: 'mesh',
      rules: ['from principals mesh.local/ns/shop/sa/edge'],
    },
  ]);
});

test('the routes of a service, and whether their backends resolve', async () => {
  const { service } = await json('service payments');
  expect(service?.routes.map(({ route }) => route)).toEqual(['HTTPRoute shop/payments']);
  expect(service?.routes[0]?.rules[0]).toMatchObject({
    name: 'canary',
    matches: ['/v2 (prefix), header x-canary: yes'],
    timeouts: { request: '2s' },
    backends: [
      { service: 'shop/payments-v1', port: 80, weight: 3, share: 0.75, resolved: true },
      { service: 'shop/gone', share: 0.25, resolved: false, problem: 'there is no Service shop/gone' },
    ],
  });
});

test('a route: each parent has conditions of its own', async () => {
  const { route } = await json('route payments');
  const accepted = route?.parents.map(({ parent, section, conditions }) => [
    parent,
    section,
    conditions.find(({ type }) => type === 'Accepted')?.reason,
  ]);
  expect(accepted).toEqual([
    ['Service shop/payments', undefined, 'Accepted'],
    ['Gateway shop/edge', 'nope', 'NoMatchingParent'],
  ]);
});

test('a GRPCRoute too', async () => {
  const { route } = await json('grpcroute charges');
  expect(route?.rules[0]).toMatchObject({ matches: ['pay.Payments/*'], backends: [{ resolved: true }] });
});

test('of a route that is attached nowhere nobody knows its backends', async () => {
  const { route } = await json('route lost');
  expect(route?.rules[0]?.backends).toEqual([
    { service: 'billing/invoices', port: 80, weight: 1, share: 1, resolved: null },
  ]);
});

test('a gateway: listeners with their routes', async () => {
  const { gateway } = await json('gateway edge');
  expect(gateway?.listeners).toMatchObject([
    { name: 'http', port: 80, attachedRoutes: 1 },
    { name: 'other', port: 81, hostname: 'a.example', attachedRoutes: 1 },
  ]);
  expect(gateway?.routes.map(({ route }) => route)).toEqual(['HTTPRoute shop/payments', 'HTTPRoute shop/web']);
});

test.each([
  ['authz orders-from-cart', ['Service shop/orders']],
  ['authz no-tools', ['namespace shop']],
])('%s holds for %j', async (line, expected) => {
  expect((await json(line)).authorization?.holdsFor).toEqual(expected);
});

test('a secret keeps its secrets', async () => {
  for (const more of ['', ' --json']) {
    const { out } = await describe(`secret cert -n shop${more}`);
    expect(out).toContain('8 characters');
    expect(out).not.toContain('c2VjcmV0');
  }
});

test('a service for people', async () => {
  const { out, code } = await describe('service orders -n shop');
  expect(code).toBe(0);
  expect(out).toContain('Service shop/orders\n  Kind ');
  expect(out).toMatch(/^ {2}Address +http:\/\/orders\.shop\.mesh$/m);
  expect(out).toMatch(/^ {2}Ports +80, grpc:90 → 9090$/m);
  expect(out).toMatch(/^ {2}Callers +identity required \(STRICT\), proof$/m);
  expect(out).toContain('ROUTES\n  none: requests go to its endpoints\n');
  expect(out).toMatch(/^ {2}shop\/no-tools +DENY +namespace +from namespaces tools$/m);
  expect(out).toContain('CONDITIONS of service.gossamer.mesh\n');
  expect(out).toContain('who\ufffd[1m=blue\ufffd[31m');
});

test('a route for people', async () => {
  const { out } = await describe('HTTPRoute payments -n shop');
  expect(out).toMatch(/^ {2}Gateway shop\/edge nope +NoMatchingParent: .*no listener nope$/m);
  expect(out).toContain('  0 canary: /v2 (prefix), header x-canary: yes   [timeout 2s]\n');
  expect(out).toMatch(/^ {4}→ +shop\/payments-v1:80 +75\.0 % \(weight 3\) +resolved$/m);
  expect(out).toMatch(/^ {4}→ +shop\/gone:80 +25\.0 % \(weight 1\) +there is no Service shop\/gone$/m);
  expect(out).toContain('  1: every request   [RequestRedirect]\n');
});

test('a gateway for people', async () => {
  const { out } = await describe('gtw edge -n shop');
  expect(out).toMatch(/^ {2}Sockets {7}80 on 127\.0\.0\.1:18080$/m);
  expect(out).toMatch(/^ {2}http +80 +HTTP +\* +1 +Accepted$/m);
  expect(out).toContain('  HTTPRoute shop/web for a.example   Accepted\n    0: GET / (exact) or every request\n');
});

test('a workload has the identity that its tokens will have', async () => {
  const { out } = await describe('workload cart -n shop');
  expect(out).toMatch(/^ {2}Identity +spiffe:\/\/mesh\.local\/ns\/shop\/sa\/cart$/m);
});

test('documents without a namespace are found', async () => {
  const { out } = await describe('ns x', [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } }]);
  expect(out).toMatch(/^Namespace x\n/);
});

test.each([
  ['service nope -n shop', 1, 'there is no Service shop/nope'],
  ['service orders', 1, 'there is no Service default/orders'],
  ['nokind x', 2, 'no kind of document'],
  ['service', 2, 'NAME'],
])('%s ends with %i', async (line, code, text) => {
  const run = await describe(line);
  expect([run.code, run.err]).toEqual([code, expect.stringContaining(text)]);
});

test('a name in two groups is asked for with its group', async () => {
  const documents = [...mesh.toDocuments(), twin];
  const both = await describe('authz orders-from-cart -n shop', documents);
  expect([both.code, both.err]).toEqual([2, expect.stringContaining('authorizationpolicy.gossamer.mesh')]);
  expect((await describe('authorizationpolicy.gossamer.mesh orders-from-cart -n shop', documents)).code).toBe(0);
});
