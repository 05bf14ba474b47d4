import { describe, expect, test } from 'vitest';
import type { AuthorizationPolicy, Operation } from '../../snapshot/policy.ts';
import type { Filter } from '../../snapshot/route.ts';
import { compilePolicies } from '../authorization/compile.ts';
import type { Undecided } from '../authorization/trials.ts';
import { Refusal } from '../exchange.ts';
import { callerAt, MESH, policyAt, screenedAs, serviceAt } from '../routing/mesh.fake.ts';
import { authorize } from './authorize.ts';

const onPath = (key: string, path: string): AuthorizationPolicy => policyAt(key, 'ALLOW', { to: [{ paths: [path] }] });
const serviceWith = (key: string, ...policies: AuthorizationPolicy[]) => serviceAt(key, { policies });
const none = [undefined, undefined] as const;

/** Called on /called at shop/orders, sent on to /sent at the backend. */
const CALL: Undecided = {
  ...screenedAs({ path: '/called' }),
  snapshot: { mesh: MESH },
  request: { method: 'GET' },
  connection: { remoteAddress: '192.0.2.7' },
  principal: callerAt('shop/cart'),
  via: [],
  endUser: null,
  forwardedPath: '/sent',
  service: serviceWith('shop/orders', onPath('shop/orders-allow', '/called')),
  widerPolicies: none,
  rule: null,
  backend: null,
};

function wordOn(facts: Partial<Undecided>): string {
  const result = authorize({ ...CALL, ...facts });
  if (result instanceof Refusal) return result.reason;
  return result && 'permit' in result ? result.permit.decidedBy : 'nothing';
}

const backend = (service = serviceWith('shop/v2'), widerPolicies: Undecided['widerPolicies'] = none) => ({
  service,
  widerPolicies: widerPolicies ?? none,
  port: 80,
  filters: [],
});

describe('in the mesh', () => {
  test('the addressed service judges the path as called', () => {
    expect(wordOn({})).toBe('shop/orders-allow');
    expect(wordOn({ path: '/sent' })).toBe('permission_denied');
  });
  test('its own backend is not judged twice', () => {
    const service = serviceWith('shop/orders', onPath('shop/orders-allow', '/called'));
    expect(wordOn({ service, backend: backend(service) })).toBe('shop/orders-allow');
  });
  test('a backend without policies of its own is governed by the addressed service', () => {
    const meshWide = compilePolicies([onPath('mesh-system/all', '/other')]);
    expect(wordOn({ backend: backend(serviceWith('shop/v2'), [meshWide, undefined]) })).toBe('shop/orders-allow');
  });
  test('a backend with policies judges the path as forwarded as well', () => {
    expect(wordOn({ backend: backend(serviceWith('shop/v2', onPath('shop/v2-allow', '/sent'))) })).toBe(
      'shop/v2-allow',
    );
    expect(wordOn({ backend: backend(serviceWith('shop/v2', onPath('shop/v2-allow', '/called'))) })).toBe(
      'permission_denied',
    );
  });
  test('policies of the backend’s namespace are its own', () => {
    const namespaceWide = compilePolicies([policyAt('pay/no-one', 'DENY', {})]);
    expect(wordOn({ backend: backend(serviceWith('pay/v2'), [undefined, namespaceWide]) })).toBe('permission_denied');
  });
  test('wider policies hold for the addressed service', () => {
    const meshWide = compilePolicies([policyAt('mesh-system/no-one', 'DENY', {})]);
    expect(wordOn({ widerPolicies: [meshWide, undefined] })).toBe('permission_denied');
  });
});

describe('at a gateway', () => {
  const gateway = (...policies: AuthorizationPolicy[]): Partial<Undecided> => {
    const facts: Partial<Undecided> = {
      gatewayPolicies: compilePolicies(policies),
      principal: callerAt('infra/gateway'),
    };
    const v2 = backend(
      serviceWith(
        'shop/v2',
        policyAt('shop/v2-allow', 'ALLOW', { from: [{ namespaces: ['infra'] }], to: [{ paths: ['/sent'] }] }),
      ),
    );
    return { ...facts, service: v2.service, backend: v2 };
  };
  test('the backend judges the gateway, on the path as forwarded', () => {
    expect(wordOn(gateway())).toBe('shop/v2-allow');
    expect(wordOn({ ...gateway(), principal: callerAt('shop/cart') })).toBe('permission_denied');
  });
  test('the Gateway’s own policies judge the outside, which has no principal, and only narrow', () => {
    expect(wordOn(gateway(policyAt('infra/deny', 'DENY', { to: [{ paths: ['/called'] }] })))).toBe('permission_denied');
    expect(wordOn(gateway(policyAt('infra/deny', 'DENY', { to: [{ paths: ['/x'] }] })))).toBe('shop/v2-allow');
    expect(wordOn(gateway(onPath('infra/allow', '/other')))).toBe('permission_denied');
    expect(wordOn(gateway(policyAt('infra/deny', 'DENY', { from: [{ principals: ['*'] }] })))).toBe('shop/v2-allow');
  });
  test('a rule that answers itself is judged by the Gateway alone', () => {
    expect(wordOn({ ...gateway(), backend: null })).toBe('mesh default');
  });
  test('a backend that nothing allows is denied by default', () => {
    expect(wordOn({ ...gateway(), backend: backend() })).toBe('permission_denied');
  });
});

describe('what policies see of host and port', () => {
  const to = (operation: Operation) => policyAt('shop/p', 'ALLOW', { to: [operation] });
  const ports = [{ port: 80, targetPort: 8080 }, { port: 81 }];
  const rewrite: Filter = { type: 'URLRewrite', hostname: 'v2.example' };
  const rule = { filters: [rewrite] };

  test.each([
    [80, '8080'],
    [81, '81'],
    [82, '82'],
  ])('a call to port %d goes to port %s', (port, seen) => {
    const service = serviceAt('shop/orders', { ports, policies: [to({ ports: [seen] })] });
    expect(wordOn({ service, port })).toBe('shop/p');
  });
  test('a backend sees its own port, and the host as forwarded', () => {
    const judge = (operation: Operation) => {
      const v2 = serviceAt('shop/v2', { ports, policies: [to(operation)] });
      return wordOn({ rule, backend: { ...backend(v2), port: 81 } });
    };
    expect(judge({ ports: ['81'], hosts: ['v2.example'] })).toBe('shop/p');
    expect(judge({ hosts: ['orders.shop.mesh'] })).toBe('permission_denied');
  });
  test('the addressed service sees the host as called', () => {
    expect(wordOn({ rule, service: serviceWith('shop/orders', to({ hosts: ['orders.shop.mesh'] })) })).toBe('shop/p');
  });
  test('a Gateway sees the port of its listener', () => {
    const gatewayPolicies = compilePolicies([to({ ports: ['443'] })]);
    expect(wordOn({ gatewayPolicies, listenerPort: 443 })).toBe('shop/p');
    expect(wordOn({ gatewayPolicies, listenerPort: 80 })).toBe('permission_denied');
  });
});

describe('policies in shadow', () => {
  const shadow: AuthorizationPolicy = { ...policyAt('shop/shadow', 'DENY', {}), mode: 'shadow' };
  test('refuse nothing; what they would have said goes with the permit', () => {
    const service = serviceWith('shop/orders', onPath('shop/allow', '/called'), shadow);
    expect(authorize({ ...CALL, service })).toMatchObject({
      permit: { decidedBy: 'shop/allow' },
      shadow: { would: 'deny', decidedBy: 'shop/shadow', flips: true },
    });
  });
  test('allow nothing; what they would have said goes with the refusal', () => {
    const service = serviceWith('shop/orders', { ...onPath('shop/allow', '/called'), mode: 'shadow' });
    expect(authorize({ ...CALL, service })).toMatchObject({
      reason: 'permission_denied',
      shadow: { would: 'allow', decidedBy: 'shop/allow', flips: true },
    });
  });
  test('on a backend alone they leave the addressed service to judge', () => {
    const v2 = serviceWith('shop/v2', { ...onPath('shop/v2-allow', '/other'), mode: 'shadow' });
    expect(wordOn({ backend: backend(v2) })).toBe('shop/orders-allow');
  });
});

test('the caller is told neither policy nor rule, the log is', () => {
  const service = serviceWith('shop/orders', policyAt('shop/secret-name', 'DENY', {}));
  const refusal = authorize({ ...CALL, service });
  expect(refusal).toMatchObject({ status: 403, internal: expect.stringContaining('shop/secret-name') });
  expect((refusal as Refusal).detail).not.toContain('secret');
});
