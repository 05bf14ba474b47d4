import type { Upstream } from './upstream.ts';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';

const meta = (name: string) => ({ name, namespace: 'shop' });
const service = (name: string, ...ports: number[]) => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Service',
  metadata: meta(name),
  spec: { endpoints: ports.map((port) => ({ url: `http://127.0.0.1:${port}` })) },
});
const workload = (name: string) => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Workload',
  metadata: meta(name),
  spec: {},
});
const to = (name: string, weight = 1) => ({ name, port: 80, weight });
const prefix = (value: string) => [{ path: { type: 'PathPrefix', value } }];
const route = (name: string, parent: object, rules: readonly object[], more: object = {}) => ({
  apiVersion: GATEWAY_API,
  kind: 'HTTPRoute',
  metadata: meta(name),
  spec: { parentRefs: [parent], ...more, rules },
});
const parentService = (name: string) => ({ group: '', kind: 'Service', name });
const allow = (name: string, target: string, principals: readonly string[], more: object = {}) => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: meta(name),
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name: target }],
    action: 'ALLOW',
    rules: [{ from: [{ source: { principals } }], ...more }],
  },
});

/** Both kinds bound to one service of ours. */
const policyOf = (kind: 'TrafficPolicy' | 'FaultInjection', name: string, target: string, spec: object) => ({
  apiVersion: 'gossamer.mesh/v1',
  kind,
  metadata: meta(name),
  spec: { targetRefs: [{ kind: 'Service', name: target }], ...spec },
});

/** The weights of `/split`, which a test changes while the mesh runs. */
export const split = (a: number, b: number): object =>
  route('split', parentService('orders-split'), [{ backendRefs: [to('orders-a', a), to('orders-b', b)] }]);

export const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
const CALLERS = ['mesh.local/ns/shop/sa/cart', 'mesh.local/ns/shop/sa/front'];

/** The whole mesh of the suite. @param deadPort where nothing listens @param issuer of end users */
export function meshDocuments(a: Upstream, b: Upstream, deadPort: number, issuer = 'http://127.0.0.1:9'): object[] {
  const served = [
    'orders',
    'orders-split',
    'orders-a',
    'orders-b',
    'mixed',
    'dead',
    'limited',
    'faulty',
    'metered',
    'counted',
  ];
  return [
    workload('cart'),
    workload('thief'),
    service('orders', a.port),
    service('orders-split', a.port),
    service('orders-a', a.port),
    service('orders-b', b.port),
    service('mixed', deadPort, a.port),
    service('dead', deadPort),
    service('private', a.port),
    service('limited', a.port),
    policyOf('TrafficPolicy', 'limited', 'limited', { concurrency: { limit: 1, queue: 1, wait: '5s' } }),
    service('metered', a.port),
    policyOf('TrafficPolicy', 'metered', 'metered', { rateLimits: [tenants] }),
    service('counted', a.port),
    policyOf('TrafficPolicy', 'counted', 'counted', {
      rateLimits: [{ ...tenants, scope: 'global', onFailure: 'refuse' }],
    }),
    service('faulty', a.port),
    policyOf('FaultInjection', 'teapot', 'faulty', { abort: { status: 418, percent: 100 } }),
    policyOf('FaultInjection', 'on-demand', 'orders-b', { byHeader: { principals: [CART] } }),
    ...served.map((name) => allow(name, name, CALLERS)),
    allow('private', 'private', ['mesh.local/ns/shop/sa/cart'], { to: [{ operation: { paths: ['/public/*'] } }] }),
    service('profile', a.port),
    usersOf('profile', issuer),
    staffOnly('profile', issuer),
    split(50, 50),
    ordersRoute,
    frontGateway,
    frontRoute,
  ];
}

/** The target knows end users of one issuer. */
const usersOf = (name: string, issuer: string) => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'RequestAuthentication',
  metadata: meta(name),
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name }],
    jwtRules: [
      {
        issuer,
        audiences: ['shop'],
        fromHeaders: [{ name: 'Authorization', prefix: 'Bearer ' }, { name: 'x-jwt' }],
        outputClaimToHeaders: [{ header: 'x-user', claim: 'sub' }],
      },
    ],
  },
});

const staffOnly = (name: string, issuer: string) =>
  allow(name, name, CALLERS, {
    from: [{ source: { principals: CALLERS, requestPrincipals: [`${issuer}/*`] } }],
    when: [{ key: 'request.auth.claims[groups]', values: ['staff'] }],
  });

/** One at once, and one more when three seconds are over. */
const tenants = { name: 'tenants', requests: 1, window: '3s', per: { header: 'x-tenant' } };

const mirrorTo = (name: string) => ({ type: 'RequestMirror', requestMirror: { backendRef: { name, port: 80 } } });

const ordersRoute = route('orders', parentService('orders'), [
  {
    matches: prefix('/redirect'),
    filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'new.example', statusCode: 301 } }],
  },
  {
    matches: prefix('/rewrite'),
    filters: [
      { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/rewritten' } } },
    ],
    backendRefs: [to('orders-a')],
  },
  {
    matches: prefix('/filtered'),
    filters: [
      {
        type: 'RequestHeaderModifier',
        requestHeaderModifier: { set: [{ name: 'X-Set', value: 'by-mesh' }], remove: ['X-Gone'] },
      },
      { type: 'ResponseHeaderModifier', responseHeaderModifier: { add: [{ name: 'X-Added', value: 'by-mesh' }] } },
    ],
    backendRefs: [to('orders-a')],
  },
  { matches: prefix('/mirrored'), filters: [mirrorTo('orders-b')], backendRefs: [to('orders-a')] },
  { matches: prefix('/mirrored-to-dead'), filters: [mirrorTo('dead')], backendRefs: [to('orders-a')] },
  {
    matches: prefix('/cors'),
    filters: [{ type: 'CORS', cors: { allowOrigins: ['https://app.test'], allowMethods: ['PUT'] } }],
    backendRefs: [to('orders-a')],
  },
  {
    matches: prefix('/session'),
    sessionPersistence: { sessionName: 'sid', type: 'Cookie' },
    backendRefs: [to('orders-a'), to('orders-b')],
  },
  { matches: prefix('/short'), timeouts: { request: '400ms' }, backendRefs: [to('orders-a')] },
  {
    matches: prefix('/short-tries'),
    timeouts: { request: '10s', backendRequest: '200ms' },
    backendRefs: [to('orders-a')],
  },
  { matches: [{ path: { type: 'Exact', value: '/only-a' } }], backendRefs: [to('orders-a')] },
  { matches: [{ path: { type: 'Exact', value: '/only-b' } }], backendRefs: [to('orders-b')] },
  { matches: prefix('/any'), backendRefs: [to('orders-a')] },
]);

const frontGateway = {
  apiVersion: GATEWAY_API,
  kind: 'Gateway',
  metadata: meta('front'),
  spec: {
    gatewayClassName: 'gossamer',
    listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: '*.shop.example' }],
  },
};

const frontRoute = route(
  'front',
  { name: 'front' },
  [
    { matches: prefix('/profile'), backendRefs: [to('profile')] },
    { matches: prefix('/closed'), backendRefs: [to('private')] },
    { matches: prefix('/metered'), backendRefs: [to('metered')] },
    { matches: prefix('/counted'), backendRefs: [to('counted')] },
    { matches: prefix('/'), backendRefs: [to('orders-a')] },
  ],
  { hostnames: ['www.shop.example'] },
);
