import { expect, test } from 'vitest';
import { validate } from './validate.ts';

const API_VERSIONS: Record<string, string> = {
  HTTPRoute: 'gateway.networking.k8s.io/v1',
  Gateway: 'gateway.networking.k8s.io/v1',
  GRPCRoute: 'gateway.networking.k8s.io/v1',
  ListenerSet: 'gateway.networking.k8s.io/v1',
  ReferenceGrant: 'gateway.networking.k8s.io/v1beta1',
  BackendTLSPolicy: 'gateway.networking.k8s.io/v1',
  AuthorizationPolicy: 'security.istio.io/v1',
  PeerAuthentication: 'security.istio.io/v1',
};

/** `code path` of everything that is wrong with a document of this kind and spec. */
const found = (kind: string, spec: unknown, name = 'a') =>
  validate({ apiVersion: API_VERSIONS[kind] ?? 'gossamer.mesh/v1', kind, metadata: { name }, spec }).map(
    ({ code, path }) => `${code} ${path.join('.')}`,
  );

const listener = { name: 'http', port: 80, protocol: 'HTTP' };
const gateway = (change: object) => ({ gatewayClassName: 'x', listeners: [{ ...listener, ...change }] });
const rule = (change: object) => ({ rules: [change] });
const filter = (type: string, change: object) => rule({ filters: [{ type, ...change }] });
const mirror = (change: object) => ({ type: 'RequestMirror', requestMirror: { backendRef: { name: 'a' }, ...change } });
const headers = (requestHeaderModifier: object) => filter('RequestHeaderModifier', { requestHeaderModifier });
const source = (change: object) => rule({ from: [{ source: change }] });
const operation = (change: object) => rule({ to: [{ operation: change }] });
const when = (key: string, ...values: string[]) => rule({ when: [{ key, values }] });
const replacePrefix = { type: 'ReplacePrefixMatch', replacePrefixMatch: '/x' };

test.each([
  ['HTTPRoute', {}],
  ['HTTPRoute', rule({ filters: [{ type: 'URLRewrite', urlRewrite: { path: replacePrefix } }] })],
  ['HTTPRoute', filter('RequestRedirect', { requestRedirect: { statusCode: 308 } })],
  ['HTTPRoute', rule({ matches: [{ path: { type: 'RegularExpression', value: '/v[12]/.*' } }] })],
  ['HTTPRoute', rule({ matches: [{ headers: [{ type: 'RegularExpression', name: 'a', value: '(?i)b+' }] }] })],
  ['HTTPRoute', rule({ filters: [mirror({}), mirror({ percent: 5 }), mirror({ fraction: { numerator: 1 } })] })],
  ['HTTPRoute', filter('CORS', { cors: {} })],
  ['HTTPRoute', filter('CORS', { cors: { allowOrigins: ['https://*.a.com:8443', 'http://[::1]:80'], maxAge: 1 } })],
  ['HTTPRoute', rule({ sessionPersistence: {} })],
  ['HTTPRoute', rule({ sessionPersistence: { absoluteTimeout: '1h', cookieConfig: { lifetimeType: 'Permanent' } } })],
  ['HTTPRoute', { parentRefs: [{ kind: 'ListenerSet', name: 'x' }] }],
  [
    'HTTPRoute',
    headers({
      set: [
        { name: 'X_Custom', value: 'a' },
        { name: 'Authorization', value: 'b' },
      ],
    }),
  ],
  ['GRPCRoute', {}],
  ['GRPCRoute', rule({ matches: [{ method: { service: 'a.B', method: 'C' } }, { method: { method: 'C' } }] })],
  ['GRPCRoute', rule({ matches: [{ method: { type: 'RegularExpression', service: '^a\\.(B|C)$' } }] })],
  ['ListenerSet', { parentRef: { name: 'a' }, listeners: [listener] }],
  ['ReferenceGrant', { from: [{ group: '', kind: 'X', namespace: 'a' }], to: [{ group: '', kind: 'Service' }] }],
  ['Gateway', gateway({ hostname: '*.example.com' })],
  ['Gateway', { ...gateway({}), allowedListeners: {} }],
  ['Gateway', gateway({ protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'a' }] } })],
  ['Gateway', gateway({ protocol: 'TLS', tls: { mode: 'Passthrough' } })],
  ['AuthorizationPolicy', {}],
  ['AuthorizationPolicy', rule({})],
  ['AuthorizationPolicy', operation({ paths: ['/a/*', '*.php', '*', '/exact'] })],
  ['AuthorizationPolicy', operation({ paths: ['/a/{*}', '/{**}', '/{*}/b/{**}', '/a/{**}/end.txt'] })],
  ['AuthorizationPolicy', operation({ hosts: ['A.example:*', '*.example'], ports: ['1', '65535'] })],
  ['AuthorizationPolicy', source({ ipBlocks: ['10.1.2.3', '10.1.2.3/8', '2001:db8::/32', '::ffff:a00:0/104'] })],
  ['AuthorizationPolicy', source({ serviceAccounts: ['cart', 'shop/cart'], trustDomains: ['*.example'] })],
  ['AuthorizationPolicy', when('request.headers[X-Tenant]', 'blue*')],
  ['AuthorizationPolicy', when('remote.ip', '::1')],
  ['PeerAuthentication', { mtls: { mode: 'PERMISSIVE' } }],
  ['Workload', {}],
  ['TrafficPolicy', { targetRefs: [{ kind: 'Service', name: 'a' }], retry: { attempts: 0 } }],
  ['TrafficPolicy', { targetRefs: [{ kind: 'GRPCRoute', name: 'a' }], sticky: { principal: true } }],
])('%s %j is right', (kind, spec) => {
  expect(found(kind, spec)).toEqual([]);
});

test.each([
  ['HTTPRoute', filter('ExternalAuth', { externalAuth: {} })],
  ['HTTPRoute', rule({ sessionPersistence: { idleTimeout: '1m' } })],
  ['Gateway', { ...gateway({}), addresses: [] }],
  ['Gateway', gateway({ protocol: 'HTTPS', tls: { options: {} } })],
  ['BackendTLSPolicy', {}],
  ['AuthorizationPolicy', { action: 'AUDIT' }],
  ['AuthorizationPolicy', { action: 'CUSTOM', provider: { name: 'x' } }],
  ['AuthorizationPolicy', { mode: 'shadow' }],
  ['PeerAuthentication', { mtls: { mode: 'DISABLE' } }],
  ['PeerAuthentication', { portLevelMtls: {} }],
  ['Service', { authn: 'mtls' }],
  ['Workload', { joinTokens: [] }],
  ['TrafficPolicy', { targetRefs: [{ kind: 'Service', name: 'a' }], retry: { perTryTimeout: '1s' } }],
])('%s %j is said to be not supported yet', (kind, spec) => {
  expect(found(kind, spec)[0]).toMatch(/^not-supported-yet /);
});

test.each([
  ['HTTPRoute', rule({ matches: [{ path: { value: 'x' } }] }), 'invalid-value spec.rules.0.matches.0.path.value'],
  ['HTTPRoute', rule({ matches: [{ path: { value: '/a/../b' } }] }), 'invalid-value spec.rules.0.matches.0.path.value'],
  ['HTTPRoute', rule({ matches: [{ path: { value: '/a%2fb' } }] }), 'invalid-value spec.rules.0.matches.0.path.value'],
  ['HTTPRoute', rule({ matches: [{ method: 'get' }] }), 'invalid-value spec.rules.0.matches.0.method'],
  [
    'HTTPRoute',
    rule({ backendRefs: [{ name: 'a', weight: 1_000_001 }] }),
    'out-of-range spec.rules.0.backendRefs.0.weight',
  ],
  ['HTTPRoute', rule({ timeouts: { request: '1.5s' } }), 'invalid-value spec.rules.0.timeouts.request'],
  [
    'HTTPRoute',
    rule({ timeouts: { request: '1s', backendRequest: '2s' } }),
    'invalid-value spec.rules.0.timeouts.backendRequest',
  ],
  ['HTTPRoute', rule({ retry: { codes: [200] } }), 'out-of-range spec.rules.0.retry.codes.0'],
  ['HTTPRoute', filter('URLRewrite', {}), 'missing-field spec.rules.0.filters.0.urlRewrite'],
  [
    'HTTPRoute',
    filter('RequestRedirect', { requestRedirect: { statusCode: 200 } }),
    'wrong-type spec.rules.0.filters.0.requestRedirect.statusCode',
  ],
  ['HTTPRoute', { rules: Array(17).fill({}) }, 'out-of-range spec.rules'],
  ['GRPCRoute', { rules: Array(17).fill({}) }, 'out-of-range spec.rules'],
  [
    'HTTPRoute',
    rule({ matches: [{ path: { type: 'RegularExpression', value: '/(a)\\1' } }] }),
    'regex-refused spec.rules.0.matches.0.path.value',
  ],
  [
    'HTTPRoute',
    rule({ matches: [{ queryParams: [{ type: 'RegularExpression', name: 'a', value: '[' }] }] }),
    'regex-refused spec.rules.0.matches.0.queryParams.0.value',
  ],
  [
    'GRPCRoute',
    rule({ matches: [{ method: { type: 'RegularExpression', service: 'a(?=b)' } }] }),
    'regex-refused spec.rules.0.matches.0.method.service',
  ],
  ['GRPCRoute', rule({ matches: [{ method: {} }] }), 'invalid-value spec.rules.0.matches.0.method'],
  [
    'GRPCRoute',
    rule({ matches: [{ method: { service: 'a/b' } }] }),
    'invalid-value spec.rules.0.matches.0.method.service',
  ],
  [
    'HTTPRoute',
    rule({ filters: [mirror({ percent: 1, fraction: { numerator: 1 } })] }),
    'invalid-value spec.rules.0.filters.0.requestMirror.fraction',
  ],
  [
    'HTTPRoute',
    rule({ filters: [mirror({ fraction: { numerator: 3, denominator: 2 } })] }),
    'out-of-range spec.rules.0.filters.0.requestMirror.fraction.numerator',
  ],
  [
    'HTTPRoute',
    filter('CORS', { cors: { allowOrigins: ['*', 'https://a.com'] } }),
    'invalid-value spec.rules.0.filters.0.cors.allowOrigins',
  ],
  [
    'HTTPRoute',
    filter('CORS', { cors: { allowOrigins: ['https://a.com/path'] } }),
    'invalid-value spec.rules.0.filters.0.cors.allowOrigins.0',
  ],
  [
    'HTTPRoute',
    rule({ backendRefs: [{ name: 'a', filters: [{ type: 'CORS', cors: {} }] }] }),
    'invalid-value spec.rules.0.backendRefs.0.filters.0.type',
  ],
  [
    'HTTPRoute',
    rule({ sessionPersistence: { cookieConfig: { lifetimeType: 'Permanent' } } }),
    'missing-field spec.rules.0.sessionPersistence.absoluteTimeout',
  ],
  [
    'HTTPRoute',
    rule({ sessionPersistence: { type: 'Header', cookieConfig: {} } }),
    'invalid-value spec.rules.0.sessionPersistence.cookieConfig',
  ],
  ['Gateway', gateway({ protocol: 'HTTPS' }), 'missing-field spec.listeners.0.tls.certificateRefs'],
  ['Gateway', gateway({ tls: {} }), 'invalid-value spec.listeners.0.tls'],
  [
    'Gateway',
    gateway({ protocol: 'HTTPS', tls: { mode: 'Passthrough', certificateRefs: [{ name: 'a' }] } }),
    'invalid-value spec.listeners.0.tls.mode',
  ],
  [
    'TrafficPolicy',
    { targetRefs: [{ kind: 'Service', name: 'a' }], sticky: { header: 'a', cookie: 'b' } },
    'invalid-value spec.sticky',
  ],
  ['HTTPRoute', { rules: Array(3).fill({ matches: Array(64).fill({}) }) }, 'out-of-range spec.rules'],
  ['HTTPRoute', { hostnames: ['1.2.3.4'] }, 'invalid-value spec.hostnames.0'],
  ['HTTPRoute', { hostnames: ['*'] }, 'invalid-value spec.hostnames.0'],
  [
    'Gateway',
    { gatewayClassName: 'x', listeners: [listener, { ...listener, name: 'b' }] },
    'invalid-value spec.listeners.1',
  ],
  [
    'Gateway',
    gateway({ allowedRoutes: { namespaces: { from: 'Selector' } } }),
    'invalid-value spec.listeners.0.allowedRoutes.namespaces.selector',
  ],
  ['AuthorizationPolicy', source({}), 'invalid-value spec.rules.0.from.0.source'],
  ['AuthorizationPolicy', source({ principals: [] }), 'out-of-range spec.rules.0.from.0.source.principals'],
  ['AuthorizationPolicy', source({ principals: null }), 'wrong-type spec.rules.0.from.0.source.principals'],
  ['AuthorizationPolicy', source({ principals: ['a*b'] }), 'invalid-value spec.rules.0.from.0.source.principals.0'],
  ['AuthorizationPolicy', operation({ paths: ['/a?b'] }), 'invalid-value spec.rules.0.to.0.operation.paths.0'],
  ['AuthorizationPolicy', operation({ ports: ['65536'] }), 'invalid-value spec.rules.0.to.0.operation.ports.0'],
  ['AuthorizationPolicy', operation({ ports: [80] }), 'wrong-type spec.rules.0.to.0.operation.ports.0'],
  ['AuthorizationPolicy', source({ ipBlocks: ['10.0.0.0/33'] }), 'invalid-value spec.rules.0.from.0.source.ipBlocks.0'],
  ['AuthorizationPolicy', source({ ipBlocks: ['a.example'] }), 'invalid-value spec.rules.0.from.0.source.ipBlocks.0'],
  [
    'AuthorizationPolicy',
    source({ serviceAccounts: ['shop/*'] }),
    'invalid-value spec.rules.0.from.0.source.serviceAccounts.0',
  ],
  ['AuthorizationPolicy', rule({ when: [{ key: 'source.ip' }] }), 'invalid-value spec.rules.0.when.0'],
  ['AuthorizationPolicy', when('source.ip', '::1', 'x'), 'invalid-value spec.rules.0.when.0.values.1'],
  ['AuthorizationPolicy', when('destination.port', 'http'), 'invalid-value spec.rules.0.when.0.values.0'],
  ['AuthorizationPolicy', { selector: {}, targetRefs: [{ kind: 'Service', name: 'a' }] }, 'invalid-value spec'],
  ['AuthorizationPolicy', { action: 'allow' }, 'invalid-value spec.action'],
  ['Service', { endpoints: [{}] }, 'invalid-value spec.endpoints.0'],
  ['Service', { endpoints: [{ url: 'http://a', address: 'a' }] }, 'invalid-value spec.endpoints.0'],
  ['Service', { endpoints: [{ url: 'http://a' }, { url: 'http://a' }] }, 'invalid-value spec.endpoints.1'],
  ['Service', { ports: [{ port: 80 }, { port: 80 }] }, 'invalid-value spec.ports.1.port'],
  ['Service', { ports: [{ port: 0 }] }, 'out-of-range spec.ports.0.port'],
  ['TrafficPolicy', {}, 'missing-field spec.targetRefs'],
  [
    'TrafficPolicy',
    { targetRefs: [{ kind: 'Service', group: 'gateway.networking.k8s.io', name: 'a' }] },
    'invalid-value spec.targetRefs.0.group',
  ],
])('%s %j is wrong: %s', (kind, spec, finding) => {
  expect(found(kind, spec)).toEqual([finding]);
});

test('filters that exclude each other are refused', () => {
  const rewrite = { type: 'URLRewrite', urlRewrite: {} };
  const redirect = { type: 'RequestRedirect', requestRedirect: {} };
  expect(found('HTTPRoute', rule({ filters: [rewrite, redirect] }))).toEqual(['invalid-value spec.rules.0.filters']);
  expect(found('HTTPRoute', rule({ filters: [rewrite, rewrite] }))).toEqual([
    'invalid-value spec.rules.0.filters.1.type',
  ]);
  const answered = rule({ filters: [redirect], backendRefs: [{ name: 'a' }] });
  expect(found('HTTPRoute', answered)).toEqual(['invalid-value spec.rules.0.backendRefs']);
});

test('ReplacePrefixMatch needs one prefix', () => {
  const filters = [{ type: 'URLRewrite', urlRewrite: { path: replacePrefix } }];
  const exact = { path: { type: 'Exact', value: '/a' } };
  expect(found('HTTPRoute', rule({ filters, matches: [exact] }))).toEqual(['invalid-value spec.rules.0.matches']);
  expect(found('HTTPRoute', rule({ filters, matches: [{}, {}] }))).toEqual(['invalid-value spec.rules.0.matches']);
  expect(found('HTTPRoute', rule({ filters, matches: [{}] }))).toEqual([]);
});

test.each(['A', 'a_b', '-a', 'a..b', '', 'a/b', 'x'.repeat(254), '__proto__'])('"%s" is no name', (name) => {
  expect(found('HTTPRoute', {}, name)).toHaveLength(1);
});

test('there is one MeshConfig', () => {
  expect(found('MeshConfig', {}, 'other')).toEqual(['invalid-value metadata.name']);
  expect(found('MeshConfig', { staleness: { soft: '2h', hard: '1h' } }, 'mesh')).toEqual([
    'invalid-value spec.staleness.soft',
  ]);
});

test.each([
  'Host',
  'content-length',
  'TE',
  'Connection',
  'Mesh-Call',
  'X-Mesh-A',
  'Workload_Identity_Token',
  'x_mesh_a',
])('filters can not change %s', (name) => {
  const place = 'reserved-header spec.rules.0.filters.0.requestHeaderModifier';
  expect(found('HTTPRoute', headers({ set: [{ name, value: 'a' }] }))).toEqual([`${place}.set.0.name`]);
  expect(found('HTTPRoute', headers({ remove: [name] }))).toEqual([`${place}.remove.0`]);
});
