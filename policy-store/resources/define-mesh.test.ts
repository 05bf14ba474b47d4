import { expect, test } from 'vitest';
import { defineMesh, type Mesh } from './define-mesh.ts';
import { parseDocuments } from './documents/parse-documents.ts';
import type { HttpRouteSpec } from './kinds/http-route.ts';

/** `Kind ns/name` -> spec; every document must be right by the schema of its kind. */
function specs(mesh: Mesh): Record<string, unknown> {
  const { documents, diagnostics } = parseDocuments(JSON.stringify(mesh.toDocuments()), 'json');
  expect(diagnostics).toEqual([]);
  return Object.fromEntries(
    documents.map(({ resource: { kind, metadata, spec } }) => [`${kind} ${metadata.namespace}/${metadata.name}`, spec]),
  );
}

const services = { orders: 'http://a', cart: 'http://b' } as const;
const rulesOf = (mesh: Mesh): unknown => (specs(mesh)['HTTPRoute default/r'] as HttpRouteSpec).rules;

test('a service is its URL, its URLs, or all that a document can say', () => {
  const mesh = defineMesh({
    namespace: 'shop',
    services: {
      a: 'http://a',
      b: ['http://b1', 'http://b2'],
      'infra/c': {
        endpoints: { binding: 'C', weight: 3 },
        ports: [80, { port: 90, appProtocol: 'kubernetes.io/h2c' }],
      },
      d: { identity: 'a' },
      e: { identity: 'spiffe://mesh.local/ns/shop/sa/x' },
    },
  });
  const ports = [{ port: 80 }];
  expect(specs(mesh)).toEqual({
    'Service shop/a': { ports, endpoints: [{ url: 'http://a' }] },
    'Service shop/b': { ports, endpoints: [{ url: 'http://b1' }, { url: 'http://b2' }] },
    'Service infra/c': {
      ports: [{ port: 80 }, { port: 90, appProtocol: 'kubernetes.io/h2c' }],
      endpoints: [{ binding: 'C', weight: 3 }],
    },
    'Service shop/d': { identity: 'spiffe://mesh.local/ns/shop/sa/a', ports, endpoints: [] },
    'Service shop/e': { identity: 'spiffe://mesh.local/ns/shop/sa/x', ports, endpoints: [] },
  });
});

test('the mesh, its namespaces and workloads', () => {
  const mesh = defineMesh({
    mesh: { trustDomain: 'example.org' },
    namespaces: { shop: { labels: { team: 'blue' } } },
    workloads: { 'shop/job': { spiffeId: 'spiffe://example.org/ns/shop/sa/job' }, plain: {} },
  });
  expect(specs(mesh)).toEqual({
    'Namespace /shop': {},
    'MeshConfig /mesh': { trustDomain: 'example.org' },
    'Workload shop/job': { spiffeId: 'spiffe://example.org/ns/shop/sa/job' },
    'Workload default/plain': {},
  });
  expect(mesh.toDocuments()[0]?.metadata.labels).toEqual({ team: 'blue' });
});

test('a gateway has listeners, and sockets of its own', () => {
  const mesh = defineMesh({
    gateways: {
      edge: {
        listeners: {
          http: 80,
          https: { port: 443, hostname: '*.shop.example', certificate: 'cert', routesFrom: { labels: { a: 'b' } } },
        },
        bind: { 80: '127.0.0.1:18080', 443: '127.0.0.1:18443' },
        allowedListeners: 'All',
      },
    },
  });
  expect(specs(mesh)['Gateway default/edge']).toEqual({
    gatewayClassName: 'gossamer',
    allowedListeners: { namespaces: { from: 'All' } },
    listeners: [
      { name: 'http', port: 80, protocol: 'HTTP' },
      {
        name: 'https',
        port: 443,
        protocol: 'HTTPS',
        hostname: '*.shop.example',
        tls: { mode: 'Terminate', certificateRefs: [{ name: 'cert' }] },
        allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { a: 'b' } } } },
      },
    ],
  });
  const [gateway] = mesh.toDocuments();
  expect(gateway?.metadata.annotations).toEqual({ 'gossamer.mesh/bind': '80=127.0.0.1:18080,443=127.0.0.1:18443' });
});

test('matches, backends by weight, timeouts and retries of a rule', () => {
  const mesh = defineMesh({
    services: { ...services, big: { ports: [8080] } },
    routes: {
      r: {
        on: 'orders',
        name: 'main',
        when: [
          { path: '/a', method: 'GET' },
          { path: { exact: '/b' }, headers: { 'x-canary': 'yes', 'x-v': { regex: '2[0-9]' } } },
          { path: { regex: '/c+' }, query: { debug: '1' } },
        ],
        to: { big: 9, cart: 1 },
        timeout: '2s',
        tryTimeout: '500ms',
        retry: { attempts: 2, codes: [503] },
      },
    },
  });
  expect(rulesOf(mesh)).toEqual([
    {
      name: 'main',
      matches: [
        { path: { type: 'PathPrefix', value: '/a' }, method: 'GET' },
        {
          path: { type: 'Exact', value: '/b' },
          headers: [
            { name: 'x-canary', value: 'yes' },
            { type: 'RegularExpression', name: 'x-v', value: '2[0-9]' },
          ],
        },
        { path: { type: 'RegularExpression', value: '/c+' }, queryParams: [{ name: 'debug', value: '1' }] },
      ],
      backendRefs: [
        { name: 'big', port: 8080, weight: 9 },
        { name: 'cart', port: 80, weight: 1 },
      ],
      timeouts: { request: '2s', backendRequest: '500ms' },
      retry: { attempts: 2, codes: [503] },
    },
  ]);
});

test('filters of rules and backends', () => {
  const mesh = defineMesh({
    services,
    routes: {
      r: {
        on: 'orders',
        rules: [
          {
            when: { path: '/v1' },
            to: [{ service: 'orders', port: 80, requestHeaders: { set: { 'x-a': '1' } } }],
            rewrite: { host: 'orders.example', prefix: '/' },
            responseHeaders: { add: { 'x-b': '2' }, remove: ['x-c'] },
            mirror: ['cart', { to: 'cart', percent: 5 }],
            cors: { allowOrigins: ['https://shop.example'] },
          },
          { redirect: { scheme: 'https', port: 443, path: '/new', status: 301 } },
        ],
      },
    },
  });
  const cart = { name: 'cart', port: 80 };
  const set = [{ name: 'x-a', value: '1' }];
  expect(rulesOf(mesh)).toEqual([
    {
      matches: [{ path: { type: 'PathPrefix', value: '/v1' } }],
      filters: [
        {
          type: 'ResponseHeaderModifier',
          responseHeaderModifier: { add: [{ name: 'x-b', value: '2' }], remove: ['x-c'] },
        },
        {
          type: 'URLRewrite',
          urlRewrite: {
            hostname: 'orders.example',
            path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' },
          },
        },
        { type: 'RequestMirror', requestMirror: { backendRef: cart } },
        { type: 'RequestMirror', requestMirror: { backendRef: cart, percent: 5 } },
        { type: 'CORS', cors: { allowOrigins: ['https://shop.example'] } },
      ],
      backendRefs: [
        {
          name: 'orders',
          port: 80,
          filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set } }],
        },
      ],
    },
    {
      filters: [
        {
          type: 'RequestRedirect',
          requestRedirect: {
            scheme: 'https',
            port: 443,
            path: { type: 'ReplaceFullPath', replaceFullPath: '/new' },
            statusCode: 301,
          },
        },
      ],
    },
  ]);
});

test('parents are services, gateways, their parts, and those of other namespaces', () => {
  const mesh = defineMesh({
    services,
    gateways: { edge: { listeners: { http: 80 } } },
    elsewhere: { gateways: ['infra/edge'] },
    routes: {
      r: {
        on: ['orders', 'edge', { to: 'infra/edge', section: 'https', port: 443 }],
        hostnames: ['shop.example'],
        to: 'cart',
      },
    },
  });
  expect(specs(mesh)['HTTPRoute default/r']).toMatchObject({
    parentRefs: [
      { group: '', kind: 'Service', name: 'orders' },
      { name: 'edge' },
      { namespace: 'infra', name: 'edge', sectionName: 'https', port: 443 },
    ],
    hostnames: ['shop.example'],
  });
});

test('callers are named by what they are, principals come out', () => {
  const mesh = defineMesh({
    namespace: 'shop',
    mesh: { trustDomain: 'example.org' },
    services: { orders: {}, v2: { identity: 'orders' } },
    workloads: { job: { spiffeId: 'spiffe://example.org/batch' } },
    gateways: { 'infra/edge': { listeners: { http: 80 } } },
    policies: {
      p: {
        allow: ['v2', 'job', 'infra/edge', { principal: 'other.org/ns/x/sa/y' }, { namespace: 'tools' }],
        to: ['orders', 'v2'],
        methods: ['GET'],
        notPaths: ['/admin/*'],
      },
    },
  });
  const target = (name: string) => ({ group: '', kind: 'Service', name });
  const principals = [
    'example.org/ns/shop/sa/orders',
    'example.org/batch',
    'example.org/ns/infra/sa/edge',
    'other.org/ns/x/sa/y',
  ];
  expect(specs(mesh)['AuthorizationPolicy shop/p']).toEqual({
    targetRefs: [target('orders'), target('v2')],
    action: 'ALLOW',
    rules: [
      {
        from: [{ source: { principals } }, { source: { namespaces: ['tools'] } }],
        to: [{ operation: { methods: ['GET'], notPaths: ['/admin/*'] } }],
      },
    ],
  });
});

test.each([
  [
    { allow: '*', to: '*' },
    { action: 'ALLOW', rules: [{ from: [{ source: { principals: ['*'] } }] }] },
  ],
  [
    { deny: { anyone: true }, to: '*', paths: ['/x'] },
    { action: 'DENY', rules: [{ to: [{ operation: { paths: ['/x'] } }] }] },
  ],
  [
    { allow: { anyone: true }, to: '*' },
    { action: 'ALLOW', rules: [{}] },
  ],
] as const)('%j', (policy, expected) => {
  expect(specs(defineMesh({ services, policies: { p: policy } }))['AuthorizationPolicy default/p']).toEqual(expected);
});

test('a gateway can be the target of a policy', () => {
  const mesh = defineMesh({
    gateways: { edge: { listeners: { http: 80 } } },
    policies: { p: { allow: '*', to: 'edge' } },
  });
  expect(specs(mesh)['AuthorizationPolicy default/p']).toMatchObject({
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' }],
  });
});

test('traffic, grants and documents of any kind', () => {
  const raw = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } };
  const mesh = defineMesh({
    services: { ...services, 'billing/invoices': {} },
    routes: { r: { on: 'orders', to: 'billing/invoices' } },
    traffic: { t: { on: 'orders', retry: { attempts: 0 } }, u: { on: { route: 'r' }, sticky: { principal: true } } },
    grants: { g: { routesOf: 'default', to: 'billing/invoices' } },
    documents: [raw],
  });
  const all = specs(mesh);
  expect(all['TrafficPolicy default/t']).toEqual({
    targetRefs: [{ group: '', kind: 'Service', name: 'orders' }],
    retry: { attempts: 0 },
  });
  expect(all['TrafficPolicy default/u']).toMatchObject({
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'r' }],
  });
  expect(all['ReferenceGrant billing/g']).toEqual({
    from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' }],
    to: [{ group: '', kind: 'Service', name: 'invoices' }],
  });
  expect(all['HTTPRoute default/r']).toMatchObject({ rules: [{ backendRefs: [{ namespace: 'billing' }] }] });
  expect(mesh.toDocuments().at(-1)).toBe(raw);
});

test('a fallback is a service by name, or an answer', () => {
  const mesh = defineMesh({
    services: { ...services, later: { ports: [8080] }, 'billing/queue': {} },
    traffic: {
      near: { on: 'orders', fallback: 'later' },
      far: { on: 'cart', fallback: 'billing/queue' },
      page: { on: 'later', fallback: { answer: { status: 503, body: 'closed' } }, breaker: { consecutiveFailures: 3 } },
    },
  });
  const all = specs(mesh);
  expect(all['TrafficPolicy default/near']).toMatchObject({ fallback: { service: { name: 'later', port: 8080 } } });
  expect(all['TrafficPolicy default/far']).toMatchObject({
    fallback: { service: { namespace: 'billing', name: 'queue', port: 80 } },
  });
  expect(all['TrafficPolicy default/page']).toMatchObject({ fallback: { answer: { status: 503 } } });
});

test('faults hold for services, routes, the rules that name them, and callers that ask for them', () => {
  const mesh = defineMesh({
    services,
    workloads: ['tester'],
    routes: { r: { on: 'orders', rules: [{ to: 'orders', faults: 'down' }] } },
    faults: {
      slow: { on: ['cart', { route: 'r' }], delay: { fixed: '2s', percent: 10 }, labels: { team: 'blue' } },
      down: { abort: { status: 503, percent: 1 } },
      asked: { on: 'cart', byHeader: 'tester' },
    },
  });
  const extensionRef = { group: 'gossamer.mesh', kind: 'FaultInjection', name: 'down' };
  expect(rulesOf(mesh)).toMatchObject([{ filters: [{ type: 'ExtensionRef', extensionRef }] }]);
  expect(specs(mesh)).toMatchObject({
    'FaultInjection default/slow': {
      targetRefs: [
        { kind: 'Service', name: 'cart' },
        { kind: 'HTTPRoute', name: 'r' },
      ],
      delay: { fixed: '2s', percent: 10 },
    },
    'FaultInjection default/down': { abort: { status: 503, percent: 1 } },
    'FaultInjection default/asked': { byHeader: { principals: ['mesh.local/ns/default/sa/tester'] } },
  });
});

test('a policy on earlier callers and strengths is of our own group', () => {
  const [, , policy] = defineMesh({
    services: { web: 'http://127.0.0.1:1', pay: 'http://127.0.0.1:2' },
    policies: { paid: { allow: { anyone: true }, to: 'pay', via: 'web', authn: ['strict-proof'] } },
  }).toDocuments();
  expect(policy).toMatchObject({
    apiVersion: 'gossamer.mesh/v1',
    spec: { rules: [{ from: [{ source: { via: ['mesh.local/ns/default/sa/web'], authn: ['strict-proof'] } }] }] },
  });
});
