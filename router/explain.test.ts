import { describe, expect, test } from 'vitest';
import type { ServiceChunk } from '../snapshot/chunk.ts';
import type { ExplainRequest, Explanation } from '../snapshot/explanation.ts';
import type { AuthorizationRule } from '../snapshot/policy.ts';
import type { FaultRule, Filter, RateLimit, RouteTable } from '../snapshot/route.ts';
import { serviceChunkAt } from '../snapshot/service-chunk.fake.ts';
import { explain } from './explain.ts';
import {
  backendAtWeight,
  type FakeMesh,
  gatewayAt,
  policyAt,
  prefixMatch,
  ruleAt,
  serviceAt,
  snapshotOf,
} from './routing/mesh.fake.ts';
import { backendHash, endpointHash } from './routing/session.ts';

const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
const allowCart = (key: string) => policyAt(key, 'ALLOW', { from: [{ principals: ['mesh.local/ns/shop/sa/cart'] }] });

const TABLE: RouteTable = {
  matches: [prefixMatch('/old', { rule: 1 }), prefixMatch('/', { rule: 0, method: 'GET' })],
  rules: [
    ruleAt(0, { backends: [backendAtWeight('shop/v1', 90), backendAtWeight('shop/v2', 10)] }),
    ruleAt(1, { filters: [{ type: 'RequestRedirect', statusCode: 301, hostname: 'new.example' }] }),
  ],
};

function ask(
  over: Partial<ExplainRequest> & { mesh?: FakeMesh; chunk?: Partial<ServiceChunk>; v2?: Partial<ServiceChunk> } = {},
): Promise<Explanation> {
  const { mesh, chunk, v2, ...request } = over;
  const payments = serviceAt('shop/payments', {
    routes: { default: TABLE, byPort: {} },
    policies: [allowCart('shop/allow-cart')],
    ...chunk,
  });
  const services = [payments, serviceAt('shop/v1'), serviceAt('shop/v2', v2)];
  const question = { from: CART, method: 'GET', url: 'http://payments.shop.mesh/x?y=1', ...request };
  return explain(snapshotOf({ services, cold: true, ...mesh }), question);
}

const outcomes = ({ steps }: Explanation): string[] => steps.map(({ stage, outcome }) => `${stage} ${outcome}`);

test('a call that goes through: its rule, its shares, its permit', async () => {
  const told = await ask();
  expect(told).toMatchObject({ revision: 7, verdict: 'forwarded', service: 'shop/payments' });
  expect(outcomes(told)).toEqual(
    ['screen', 'resolve-service', 'authenticate', 'match-route', 'authorize', 'forward'].map(
      (stage) => `${stage} pass`,
    ),
  );
  expect(told.route?.match).toBe('HTTPRoute/shop/route/0: prefix /, method GET');
  expect(told.route?.backends).toEqual([
    { service: 'shop/v1', weight: 90, share: 0.9 },
    { service: 'shop/v2', weight: 10, share: 0.1 },
  ]);
  expect(told.summary).toContain('90% forwarded to shop/v1 as payments.shop.mesh/x?y=1; 10% forwarded to shop/v2');
});

describe('runners-up', () => {
  test('are told with the first condition that failed', async () => {
    const told = await ask();
    expect(told.route?.losers).toEqual([
      { match: 'HTTPRoute/shop/route/1: prefix /old', because: 'path /x is not prefix /old' },
    ]);
  });
  test('and when nothing matches, all of them', async () => {
    const told = await ask({ method: 'POST' });
    expect(told).toMatchObject({ verdict: 'refused', reason: 'route_not_found', status: 404 });
    expect(told.route?.losers.map(({ because }) => because)).toEqual([
      'path /x is not prefix /old',
      'method POST is not GET',
    ]);
    expect(outcomes(told).at(-1)).toBe('match-route stop');
  });
  test('a match that holds too lost by precedence; values of headers stay untold', async () => {
    const header = { type: 'Exact', name: 'x-key', value: 'beta' } as const;
    const matches = [prefixMatch('/', { headers: [header] }), prefixMatch('/'), prefixMatch('/')];
    const chunk = { routes: { default: { ...TABLE, matches }, byPort: {} } };
    const told = await ask({ chunk, headers: { 'X-Key': 'secret' } });
    expect(told.route?.losers.map(({ because }) => because)).toEqual([
      'header x-key is not beta',
      'it holds too, but comes later in the order of precedence',
    ]);
  });
});

describe('policies', () => {
  test('a denial names the policy, and why the others said nothing', async () => {
    const told = await ask({ from: 'spiffe://mesh.local/ns/shop/sa/web' });
    expect(told).toMatchObject({ verdict: 'refused', reason: 'permission_denied', status: 403 });
    expect(told.authorization).toEqual({
      decision: 'deny',
      decidedBy: 'mesh default',
      policies: [
        {
          policy: 'shop/allow-cart',
          action: 'ALLOW',
          matched: false,
          why: 'rule 0: principals does not name mesh.local/ns/shop/sa/web',
        },
      ],
    });
    expect(outcomes(told).at(-1)).toBe('authorize stop');
    expect(told.summary).toContain('no ALLOW policy of service shop/payments lets mesh.local/ns/shop/sa/web GET /x');
  });
  test('mesh-wide ones and broken ones have their say', async () => {
    const policies = [{ ...policyAt('mesh-system/broken', 'DENY'), invalid: 'no such target' }];
    const told = await ask({ mesh: { services: [serviceAt('shop/payments')], policies } });
    expect(told.authorization?.policies).toEqual([
      {
        policy: 'mesh-system/broken',
        action: 'DENY',
        matched: true,
        why: 'the policy is invalid and denies everything: no such target',
      },
    ]);
  });
  test('a share whose backend denies is told apart', async () => {
    const told = await ask({ v2: { policies: [policyAt('shop/closed', 'DENY', {})] } });
    expect(told).toMatchObject({ verdict: 'forwarded', authorization: { decision: 'deny', decidedBy: 'shop/closed' } });
    expect(told.summary).toContain('10% for shop/v2 refused (permission_denied');
    expect(told.authorization?.policies.map(({ why }) => why)).toContain('rule 0 matches (for service shop/v2 on /x)');
  });
});

test('a backend without endpoints is no refusal where another one or a fallback answers', async () => {
  const rules = [ruleAt(0, { backends: [backendAtWeight('shop/v2')], fallback: { service: V1 } })];
  const table = { matches: [prefixMatch('/')], rules };
  const told = await ask({ v2: { endpoints: [] }, chunk: { routes: { default: table, byPort: {} } } });
  expect([told.verdict, told.summary]).toEqual(['forwarded', expect.stringContaining('the fallback answers')]);
});
const V1 = { namespace: 'shop', name: 'v1', port: 80 };

describe('refused', () => {
  const rewrite: Filter = { type: 'Invalid', reason: 'filter is gone' };
  const only = (...backends: RouteTable['rules'][number]['backends']) => ({
    chunk: { routes: { default: { matches: [prefixMatch('/')], rules: [ruleAt(0, { backends })] }, byPort: {} } },
  });
  test.each<[string, Parameters<typeof ask>[0], string]>([
    ['an unknown service', { url: 'http://gone.shop.mesh/' }, '404 service_not_found resolve-service'],
    ['a path that is not canonical', { url: 'http://payments.shop.mesh/a/../b' }, '400 request_invalid screen'],
    ['no URL', { url: 'payments' }, '400 request_invalid screen'],
    ['a method that is none', { method: 'FOO' }, '405 request_invalid screen'],
    ['an ID that is none', { from: 'cart' }, '400 token_invalid authenticate'],
    ['another trust domain', { from: 'spiffe://other/ns/shop/sa/cart' }, '400 token_invalid authenticate'],
    [
      'a service without endpoint',
      { ...only(backendAtWeight('shop/v2')), v2: { endpoints: [] } },
      '503 no_healthy_upstream forward',
    ],
    ['an invalid reference', only({ weight: 1, invalid: 'RefNotPermitted' }), '500 backend_invalid match-route'],
    ['no weight', only(backendAtWeight('shop/v1', 0)), '500 backend_invalid match-route'],
    ['a filter that is gone', only(backendAtWeight('shop/v1', 1, [rewrite])), '500 backend_invalid filter-request'],
  ])('%s', async (_, asked, code) => {
    const told = await ask(asked);
    expect(`${told.status} ${told.reason} ${told.steps.at(-1)?.stage}`).toBe(code);
    expect(told.summary).toBe(told.steps.at(-1)?.summary);
  });

  test('a revoked identity', async () => {
    const services = [serviceAt('shop/payments')];
    expect(await ask({ mesh: { services, revokedIds: [CART] } })).toMatchObject({ reason: 'token_invalid' });
  });

  test('nobody, unless the service is PERMISSIVE', async () => {
    const nobody = { method: 'GET', url: 'http://payments.shop.mesh/' };
    const strict = await explain(snapshotOf({ services: [serviceAt('shop/payments')] }), nobody);
    expect(strict).toMatchObject({ reason: 'unauthenticated', status: 401 });
    const permissive = serviceAt('shop/payments', {
      peerAuthentication: 'PERMISSIVE',
      policies: [policyAt('shop/all', 'ALLOW', {})],
    });
    expect(await explain(snapshotOf({ services: [permissive] }), nobody)).toMatchObject({ verdict: 'forwarded' });
  });
});

test('a redirect is an answer, after the permit', async () => {
  const told = await ask({ url: 'http://payments.shop.mesh/old/a?b' });
  expect(told).toMatchObject({ verdict: 'answered', status: 301, authorization: { decision: 'allow' } });
  expect(told.summary).toContain('http://new.example/old/a?b');
  expect(await ask({ url: 'http://payments.shop.mesh/old', from: 'spiffe://mesh.local/ns/shop/sa/web' })).toMatchObject(
    { reason: 'permission_denied' },
  );
});

describe('from outside', () => {
  const host = {
    hostname: 'shop.example',
    table: { matches: [prefixMatch('/')], rules: [ruleAt(0, { backends: [backendAtWeight('shop/v1')] })] },
  };
  const gateway = gatewayAt('infra/public', [{ name: 'http', port: 80, protocol: 'HTTP', hosts: [host] }]);
  const outside = (url: string, policies = [policyAt('shop/in', 'ALLOW', { from: [{ namespaces: ['infra'] }] })]) =>
    explain(snapshotOf({ services: [serviceAt('shop/v1', { policies })], gateways: [gateway] }), {
      method: 'GET',
      url,
      gateway: 'infra/public',
    });

  test('the call has the Gateway’s identity', async () => {
    const told = await outside('http://shop.example:8080/x');
    expect(told).toMatchObject({ verdict: 'forwarded', authorization: { decision: 'allow', decidedBy: 'shop/in' } });
    expect(outcomes(told)).toContain('match-listener pass');
    expect(await outside('http://shop.example/x', [])).toMatchObject({ reason: 'permission_denied' });
  });
  test('a host that no listener has, and a Gateway that is not there', async () => {
    expect(await outside('http://other.example/')).toMatchObject({
      reason: 'route_not_found',
      summary: expect.stringContaining('other.example'),
    });
    const told = await explain(snapshotOf({}), { method: 'GET', url: 'http://shop.example/', gateway: 'infra/gone' });
    expect(told.summary).toContain('no Gateway infra/gone');
  });
});

describe('why a rule of a policy does not hold', () => {
  const CALLER = 'mesh.local/ns/shop/sa/cart';
  const blocks = ['10.0.0.0/8'];
  const role = (...values: string[]) => ({ when: [{ key: 'request.headers[x-role]', values }] });
  test.each<[AuthorizationRule, string]>([
    [{ from: [{ serviceAccounts: ['shop/x'] }] }, 'serviceAccounts does not name shop/cart'],
    [{ from: [{ notServiceAccounts: ['shop/cart'] }] }, 'notServiceAccounts names shop/cart'],
    [{ from: [{ trustDomains: ['x'] }] }, 'trustDomains does not name mesh.local'],
    [
      { from: [{ namespaces: ['x'] }, { principals: ['x'] }] },
      `namespaces does not name shop and principals does not name ${CALLER}`,
    ],
    [{ from: [{ ipBlocks: blocks }] }, 'ipBlocks does not name 192.0.2.7'],
    [{ from: [{ notRemoteIpBlocks: ['192.0.2.0/24'] }] }, 'notRemoteIpBlocks names 192.0.2.7'],
    [{ to: [{ hosts: ['x'] }] }, 'hosts does not name payments.shop.mesh'],
    [{ to: [{ ports: ['8080'] }] }, 'ports does not name port 80'],
    [{ when: [{ key: 'source.principal', values: ['x'] }] }, `when source.principal does not hold for ${CALLER}`],
    [{ when: [{ key: 'remote.ip', values: blocks }] }, 'when remote.ip does not hold for 192.0.2.7'],
    [{ when: [{ key: 'destination.port', values: ['1'] }] }, 'when destination.port does not hold for port 80'],
    [role('admin'), 'when request.headers[x-role] does not hold: the header has another value'],
    [
      { when: [{ key: 'request.headers[a]', values: ['*'] }] },
      'when request.headers[a] does not hold: the header is absent',
    ],
  ])('%j', async (rule, why) => {
    const chunk = { policies: [policyAt('shop/p', 'ALLOW', rule)] };
    const told = await ask({ chunk, remoteAddress: '192.0.2.7', headers: { 'x-role': 'guest' } });
    expect(told.authorization?.policies).toEqual([
      { policy: 'shop/p', action: 'ALLOW', matched: false, why: `rule 0: ${why}` },
    ]);
  });
  test('an address that is not known counts against the call, and that is said', async () => {
    const rule = { from: [{ ipBlocks: blocks }] };
    const policies = [policyAt('shop/a', 'ALLOW', rule), policyAt('shop/d', 'DENY', rule)];
    const told = await ask({ chunk: { policies } });
    expect(told.authorization?.policies.map(({ matched, why }) => [matched, why])).toEqual([
      [true, 'rule 0 matches, because an address that is not known counts as a match'],
      [false, 'rule 0: ipBlocks can not be judged: the address of the caller is not known'],
    ]);
  });
});

test('policies in shadow are told, with what they would decide', async () => {
  const shadow = { ...policyAt('shop/try', 'DENY', {}), mode: 'shadow' } as const;
  const told = await ask({ chunk: { policies: [allowCart('shop/allow-cart'), shadow] } });
  expect(told.verdict).toBe('forwarded');
  expect(told.authorization).toMatchObject({ decision: 'allow', shadow: { decision: 'deny', decidedBy: 'shop/try' } });
  expect(told.authorization?.policies[0]).toMatchObject({
    policy: 'shop/try',
    shadow: true,
    why: 'rule 0 matches (in shadow: it decides nothing)',
  });
});

describe('what else a rule can do', () => {
  const CORS: Filter = {
    type: 'CORS',
    allowOrigins: ['https://app.test'],
    allowMethods: ['PUT'],
    allowHeaders: [],
    exposeHeaders: [],
    allowCredentials: false,
    maxAge: 5,
  };
  const both = [backendAtWeight('shop/v1', 90), backendAtWeight('shop/v2', 10)];
  const withRule = (rule: Parameters<typeof ruleAt>[1]) => ({
    chunk: {
      routes: { default: { matches: [prefixMatch('/')], rules: [ruleAt(0, { backends: both, ...rule })] }, byPort: {} },
    },
  });

  test.each([
    ['https://app.test', 'allows the origin https://app.test'],
    ['https://evil.test', 'does not name this origin'],
  ])('a preflight from %s is answered before policies are asked', async (origin, words) => {
    const headers = { origin, 'access-control-request-method': 'PUT' };
    const told = await ask({ ...withRule({ filters: [CORS] }), method: 'OPTIONS', headers });
    expect(told).toMatchObject({ verdict: 'answered', status: 204 });
    expect([told.summary, outcomes(told).at(-1)]).toEqual([expect.stringContaining(words), 'answer-preflight stop']);
  });

  test('mirrors are told, also those whose policies do not let the caller in', async () => {
    const to = (name: string) => ({ namespace: 'shop', name, port: 80 });
    const filters: Filter[] = [
      { type: 'RequestMirror', backend: to('v1'), share: 0.25 },
      { type: 'RequestMirror', backend: to('v2'), share: 1 },
      { type: 'RequestMirror', backend: to('gone'), share: 1 },
    ];
    const told = await ask({ ...withRule({ filters }), v2: { policies: [policyAt('shop/closed', 'DENY', {})] } });
    expect(told.steps.find(({ stage }) => stage === 'mirror')?.summary).toBe(
      '25% copied to shop/v1; no copy for shop/v2: service shop/v2: DENY policy shop/closed matches; ' +
        'no copy for shop/gone: there is no such service.',
    );
  });

  test('a sticky caller has one backend', async () => {
    const told = await ask({ ...withRule({ sticky: { from: 'principal' } }) });
    expect(told.summary).toMatch(/^Forwarded to shop\/v[12] as/);
  });

  test('a session keeps its backend', async () => {
    const session = { type: 'Header', name: 'x-session', lifetime: 'Session' } as const;
    const token = `1.${backendHash('shop/v2', 80)}.${endpointHash({ id: 'one' })}.a`;
    const told = await ask({ ...withRule({ session }), headers: { 'x-session': token } });
    expect(told.summary).toMatch(/^Forwarded to shop\/v2 as/);
  });

  test('an expression is told as what was written', async () => {
    const program = { source: 'v.', start: 0, states: [{ op: 'm' }] } as const;
    const headers = [{ type: 'RegularExpression', name: 'x', value: 'v.', program }] as const;
    const table = { matches: [prefixMatch('/', { headers })], rules: [ruleAt(0, { backends: both })] };
    const told = await ask({ chunk: { routes: { default: table, byPort: {} } }, headers: { x: 'v1' } });
    expect(told.route?.losers).toEqual([
      { match: 'HTTPRoute/shop/route/0: prefix /, header x~v.', because: 'header x does not match v.' },
    ]);
  });
});

test('at a gateway https leads to the listeners with TLS', async () => {
  const table = {
    matches: [prefixMatch('/')],
    rules: [
      ruleAt(0, {
        filters: [
          { type: 'RequestRedirect', statusCode: 302, path: { type: 'ReplaceFullPath', replaceFullPath: '/in' } },
        ],
      }),
    ],
  } as const;
  const listener = (port: number, protocol: 'HTTP' | 'HTTPS') => ({
    name: protocol,
    port,
    protocol,
    hosts: [{ hostname: '*', table }],
  });
  const gateway = gatewayAt('shop/front', [listener(80, 'HTTP'), listener(443, 'HTTPS')]);
  const told = await ask({ url: 'https://a.test/x', gateway: 'shop/front', mesh: { gateways: [gateway] } });
  expect(told.summary).toBe('Redirected (302) to https://a.test/in.');
});

describe('limits and faults on the way', () => {
  const limit: RateLimit = {
    name: 'each',
    requests: 5,
    window: 1000,
    burst: 5,
    per: 'caller',
    mode: 'shadow',
    scope: 'local',
    onFailure: 'allow',
  };
  const told = (faults: readonly FaultRule[]) => {
    const { traffic } = serviceChunkAt('shop/payments');
    return ask({ chunk: { traffic: { ...traffic, rateLimits: [limit], faults } } });
  };

  test('are told, whatever comes of them', async () => {
    const { verdict, steps } = await told([{ name: 'shop/slow', delay: { duration: 2000, share: 0.1 } }]);
    expect(verdict).toBe('forwarded');
    expect(steps.slice(-3).map(({ stage, summary }) => [stage, summary])).toEqual([
      ['limit-rate', 'While there is room: each 5/1s per caller (shadow).'],
      ['inject-fault', 'By chance: shop/slow delay 2s of 10 %.'],
      ['forward', expect.any(String)],
    ]);
  });

  test('a fault for every call is the answer', async () => {
    const answer = await told([{ name: 'shop/down', abort: { status: 503, share: 1 } }]);
    expect(answer).toMatchObject({ verdict: 'refused', reason: 'fault_injected', status: 503 });
    expect(outcomes(answer).slice(-3)).toEqual(['authorize pass', 'limit-rate pass', 'inject-fault stop']);
  });

  test('are not told to who is refused', async () => {
    const { traffic } = serviceChunkAt('shop/payments');
    const answer = await ask({ from: `${CART}2`, chunk: { traffic: { ...traffic, rateLimits: [limit] } } });
    expect(outcomes(answer).at(-1)).toBe('authorize stop');
  });
});

describe('how the caller proves itself, and who called before it', () => {
  const needs = (authn: ServiceChunk['authn']) => ({ chunk: { authn } });
  test.each<[string, Parameters<typeof ask>[0], string]>([
    ['a proof where a single-use one is asked', { ...needs('strict-proof'), strength: 'proof' }, 'token_invalid'],
    ['a bearer token at a service of proofs', { strength: 'bearer' }, 'token_invalid'],
    ['as the service asks, when nothing is said', needs('strict-proof'), 'forwarded'],
    ['more than it asks', { ...needs('bearer'), strength: 'strict-proof' }, 'forwarded'],
    ['an earlier caller that is none', { via: ['cart'] }, 'token_invalid'],
  ])('%s', async (_, asked, expected) => {
    const told = await ask(asked as Parameters<typeof ask>[0]);
    expect(told.reason ?? told.verdict).toBe(expected);
  });

  test('policies on the chain are judged by it', async () => {
    const policies = [policyAt('shop/by-web', 'ALLOW', { from: [{ via: ['mesh.local/ns/shop/sa/web'] }] })];
    const told = async (via: readonly string[]) => (await ask({ chunk: { policies }, via })).verdict;
    expect([await told(['spiffe://mesh.local/ns/shop/sa/web']), await told([])]).toEqual(['forwarded', 'refused']);
  });

  test('an earlier caller that is revoked stops it', async () => {
    const web = 'spiffe://mesh.local/ns/shop/sa/web';
    const mesh = { services: [serviceAt('shop/payments')], revokedIds: [web] };
    expect(await ask({ mesh, via: [web] })).toMatchObject({ reason: 'token_invalid' });
  });

  test('nobody hands on earlier callers', async () => {
    const services = [serviceAt('shop/payments', { peerAuthentication: 'PERMISSIVE' })];
    const nobody = { method: 'GET', url: 'http://payments.shop.mesh/', via: [CART] };
    expect(await explain(snapshotOf({ services }), nobody)).toMatchObject({ reason: 'token_invalid' });
  });
});
