import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AuthorizationPolicy, AuthorizationRule } from '../../snapshot/policy.ts';
import { HeaderList } from '../headers.ts';
import { policyAt } from '../routing/mesh.fake.ts';
import { callFactsAs } from './call-facts.fake.ts';
import type { CallFacts } from './call-facts.ts';
import { compilePolicies } from './compile.ts';
import { matchingRule } from './judge.ts';

function matchOf(policy: AuthorizationPolicy, call: Partial<CallFacts> = {}): number | undefined {
  const { allow, deny } = compilePolicies([policy]);
  return matchingRule([...allow, ...deny][0]!, callFactsAs(call));
}

const matches = (rule: AuthorizationRule, call: Partial<CallFacts> = {}): boolean =>
  matchOf(policyAt('shop/p', 'ALLOW', rule), call) !== undefined;

describe('one field', () => {
  test.each<[AuthorizationRule, boolean]>([
    [{ from: [{ principals: ['mesh.local/ns/shop/sa/cart'] }] }, true],
    [{ from: [{ principals: ['mesh.local/ns/shop/sa/car'] }] }, false],
    [{ from: [{ principals: ['mesh.local/ns/shop/*'] }] }, true],
    [{ from: [{ principals: ['*/sa/cart'] }] }, true],
    [{ from: [{ principals: ['*'] }] }, true],
    [{ from: [{ principals: ['mesh.local/ns/*/sa/cart'] }] }, false],
    [{ from: [{ principals: ['mesh-local/ns/shop/sa/cart', 'meshXlocal/ns/shop/sa/cart'] }] }, false],
    [{ from: [{ notPrincipals: ['*/sa/cart'] }] }, false],
    [{ from: [{ namespaces: ['shop'] }] }, true],
    [{ from: [{ notNamespaces: ['shop'] }] }, false],
    [{ to: [{ methods: ['GET', 'HEAD'] }] }, true],
    [{ to: [{ methods: ['get'] }] }, false],
    [{ to: [{ notMethods: ['POST'] }] }, true],
    [{ to: [{ paths: ['/pay*'] }] }, true],
    [{ to: [{ paths: ['/pay'] }] }, false],
    [{ to: [{ paths: ['/p%61y/1'] }] }, true],
    [{ to: [{ paths: ['/pay/{*}'] }] }, true],
    [{ to: [{ notPaths: ['*/1'] }] }, false],
    [{ from: [{ serviceAccounts: ['shop/cart'] }] }, true],
    [{ from: [{ serviceAccounts: ['shop/other', 'other/cart', 'cart'] }] }, false],
    [{ from: [{ notServiceAccounts: ['shop/cart'] }] }, false],
    [{ from: [{ trustDomains: ['mesh.*'] }] }, true],
    [{ from: [{ notTrustDomains: ['mesh.local'] }] }, false],
    [{ from: [{ ipBlocks: ['10.0.0.0/8', '192.0.2.0/24'] }] }, true],
    [{ from: [{ ipBlocks: ['10.0.0.0/8'] }] }, false],
    [{ from: [{ notIpBlocks: ['192.0.2.7'] }] }, false],
    [{ from: [{ remoteIpBlocks: ['192.0.2.7'], notRemoteIpBlocks: ['2001:db8::/32'] }] }, true],
    [{ to: [{ hosts: ['orders.shop.mesh'] }] }, true],
    [{ to: [{ hosts: ['*.mesh'] }] }, true],
    [{ to: [{ hosts: ['orders.shop.mesh:*'] }] }, true],
    [{ to: [{ hosts: ['orders.shop.mesh:80'] }] }, true],
    [{ to: [{ hosts: ['orders.shop.mesh:8080', 'orders.shop'] }] }, false],
    [{ to: [{ notHosts: ['orders.*'] }] }, false],
    [{ to: [{ ports: ['80', '8080'] }] }, true],
    [{ to: [{ ports: ['80'] }] }, false],
    [{ to: [{ notPorts: ['8080'] }] }, false],
    [{ when: [{ key: 'source.ip', values: ['192.0.2.0/24'], notValues: ['192.0.2.1'] }] }, true],
    [{ when: [{ key: 'remote.ip', notValues: ['192.0.2.0/24'] }] }, false],
    [{ when: [{ key: 'source.principal', values: ['*/sa/cart'] }] }, true],
    [{ when: [{ key: 'source.namespace', notValues: ['shop'] }] }, false],
    [{ when: [{ key: 'source.serviceAccount', values: ['shop/cart'] }] }, true],
    [{ when: [{ key: 'source.trustDomain', values: ['other.example'] }] }, false],
    [{ when: [{ key: 'destination.port', values: ['8080'] }] }, true],
    [
      {
        when: [
          { key: 'destination.port', values: ['8080'] },
          { key: 'source.namespace', values: ['x'] },
        ],
      },
      false,
    ],
  ])('%j: %s', (rule, holds) => {
    expect(matches(rule)).toBe(holds);
  });
});

test('alternatives are OR, fields of one are AND, from and to are AND', () => {
  expect(matches({ from: [{ namespaces: ['other'] }, { namespaces: ['shop'] }] })).toBe(true);
  expect(matches({ from: [{ namespaces: ['shop'], principals: ['nobody'] }] })).toBe(false);
  expect(matches({ from: [{ namespaces: ['shop'] }], to: [{ methods: ['POST'] }] })).toBe(false);
});

test('without identity no source matches but the negative ones', () => {
  const matchesNobody = (rule: AuthorizationRule) => matches(rule, { principal: null });
  expect(matchesNobody({ from: [{ principals: ['*'] }] })).toBe(false);
  expect(matchesNobody({ from: [{ namespaces: ['*'] }] })).toBe(false);
  expect(matchesNobody({ from: [{ serviceAccounts: ['shop/cart'] }] })).toBe(false);
  expect(matchesNobody({ when: [{ key: 'source.trustDomain', values: ['*'] }] })).toBe(false);
  expect(matchesNobody({ from: [{ notPrincipals: ['x'], notServiceAccounts: ['shop/cart'] }] })).toBe(true);
  expect(matchesNobody({})).toBe(true);
});

test('no rules never match, an empty rule always does', () => {
  expect(matchOf(policyAt('shop/p', 'ALLOW'))).toBeUndefined();
  expect(matchOf(policyAt('shop/p', 'ALLOW', {}))).toBe(0);
  expect(matchOf(policyAt('shop/p', 'ALLOW', { to: [{ paths: ['/x'] }] }, {}))).toBe(1);
});

describe('a policy that can not be judged allows nothing and denies everything', () => {
  const unknown = { to: [{ cookies: ['a'] }] } as unknown as AuthorizationRule;
  test.each<[string, Partial<AuthorizationPolicy>]>([
    ['broken at apply', { invalid: 'targetRef does not exist', rules: [{}] }],
    ['an unknown condition', { rules: [unknown] }],
    ['an unknown part of a rule', { rules: [{ unless: [] } as AuthorizationRule] }],
    ['an unknown key', { rules: [{ when: [{ key: 'source.colour', values: ['red'] }] }] }],
    ['a condition without values', { rules: [{ when: [{ key: 'source.ip' }] }] }],
    ['a block that is none', { rules: [{ from: [{ ipBlocks: ['10.0.0.0/99'] }] }] }],
    ['a port that is none', { rules: [{ to: [{ ports: ['http'] }] }] }],
    ['an empty source', { rules: [{ from: [{}] }] }],
    ['a path template that is none', { rules: [{ to: [{ paths: ['/a{*}'] }] }] }],
  ])('%s', (_, over) => {
    expect(matchOf({ ...policyAt('shop/p', 'ALLOW'), ...over })).toBeUndefined();
    expect(matchOf({ ...policyAt('shop/p', 'DENY'), ...over })).toBe(-1);
  });
});

describe('headers', () => {
  const key = 'request.headers[x-role]';
  const both = ['ALLOW', 'DENY'] as const;
  const judged = (action: 'ALLOW' | 'DENY', when: object, ...values: string[]) =>
    matchOf(policyAt('shop/p', action, { when: [{ key, ...when }] }), {
      headers: HeaderList.from([['x-other', 'a'], ...values.map((value) => ['X-Role', value] as const)]),
    }) !== undefined;

  test.each(both)('one value (%s)', (action) => {
    expect(judged(action, { values: ['admin', 'op*'] }, 'operator')).toBe(true);
    expect(judged(action, { values: ['admin'] }, 'Admin')).toBe(false);
    expect(judged(action, { notValues: ['admin'] }, 'admin')).toBe(false);
    expect(judged(action, { values: ['*'], notValues: ['admin'] }, 'guest')).toBe(true);
  });
  test.each(both)('none is named by nothing, and not excluded (%s)', (action) => {
    expect(judged(action, { values: ['*'] })).toBe(false);
    expect(judged(action, { notValues: ['admin'] })).toBe(true);
    expect(judged(action, { values: ['*'], notValues: ['admin'] })).toBe(false);
  });
  test('of several, ALLOW needs all and DENY one', () => {
    expect(both.map((action) => judged(action, { values: ['admin'] }, 'admin', 'guest'))).toEqual([false, true]);
    expect(both.map((action) => judged(action, { notValues: ['admin'] }, 'guest', 'admin'))).toEqual([false, true]);
    expect(both.map((action) => judged(action, { values: ['a', 'b'] }, 'a', 'b'))).toEqual([true, true]);
  });
});

describe('a call that can not be judged', () => {
  const unknown = { remoteAddress: '' };
  const blocks = ['0.0.0.0/0'];
  test.each<AuthorizationRule>([
    { from: [{ ipBlocks: blocks }] },
    { from: [{ notIpBlocks: blocks }] },
    { when: [{ key: 'remote.ip', values: blocks }] },
    { when: [{ key: 'source.ip', notValues: blocks }] },
  ])('%j: allows nothing, denies', (rule) => {
    expect(matchOf(policyAt('shop/p', 'ALLOW', rule), unknown)).toBeUndefined();
    expect(matchOf(policyAt('shop/p', 'DENY', rule), unknown)).toBe(0);
  });
  test('other rules of the policy are judged as ever', () => {
    const rules = [{ from: [{ ipBlocks: blocks }] }, { from: [{ namespaces: ['shop'] }] }];
    expect(matchOf(policyAt('shop/p', 'ALLOW', ...rules), unknown)).toBe(1);
    const safe = { from: [{ ipBlocks: blocks, namespaces: ['other'] }] };
    expect(matchOf(policyAt('shop/p', 'DENY', safe), unknown)).toBeUndefined();
  });
});

test('whatever can not be judged, in whatever place: no ALLOW holds and every DENY does', () => {
  const broken = new Proxy({} as CallFacts, {
    get() {
      throw new Error('broken');
    },
  });
  const text = fc.constantFrom('a', '*', 'a*');
  const lists = (names: string[], value: fc.Arbitrary<string>) =>
    fc.dictionary(fc.constantFrom(...names), fc.array(value, { minLength: 1 }), { minKeys: 1 });
  const source = fc.oneof(
    lists(['principals', 'notNamespaces', 'trustDomains', 'notServiceAccounts'], text),
    lists(['ipBlocks', 'notRemoteIpBlocks'], fc.constant('::/0')),
  );
  const operation = fc.oneof(lists(['hosts', 'notPaths', 'methods'], text), lists(['notPorts'], fc.constant('1')));
  const condition = fc.record({
    key: fc.constantFrom('source.namespace', 'request.headers[a]'),
    values: fc.array(text, { minLength: 1 }),
  });
  const rule = fc.record(
    {
      from: fc.array(source, { minLength: 1, maxLength: 3 }),
      to: fc.array(operation, { minLength: 1, maxLength: 3 }),
      when: fc.array(condition, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['from'] },
  );
  fc.assert(
    fc.property(fc.array(rule, { minLength: 1, maxLength: 3 }), (rules) => {
      const matched = (action: 'ALLOW' | 'DENY') => {
        const { allow, deny } = compilePolicies([policyAt('shop/p', action, ...rules)]);
        return [...allow, ...deny].map((policy) => matchingRule(policy, broken));
      };
      expect([matched('ALLOW'), matched('DENY')]).toEqual([[undefined], [0]]);
    }),
  );
});

test('an action that this router does not know denies', () => {
  const custom = { ...policyAt('shop/p', 'ALLOW', {}), action: 'CUSTOM' } as unknown as AuthorizationPolicy;
  expect(compilePolicies([custom])).toMatchObject({ allow: [], deny: [{ name: 'shop/p' }] });
});

describe('earlier callers and strengths', () => {
  const via = ['mesh.local/ns/shop/sa/web', 'mesh.local/ns/shop/sa/app'];
  test.each<[AuthorizationRule, boolean]>([
    [{ from: [{ via: ['*/sa/web'] }] }, true],
    [{ from: [{ via: ['*/sa/cart'] }] }, false],
    [{ from: [{ notVia: ['*/sa/app'] }] }, false],
    [{ from: [{ notVia: ['*/sa/cart'] }] }, true],
    [{ when: [{ key: 'source.via', values: ['*/sa/app'], notValues: ['*/sa/other'] }] }, true],
    [{ from: [{ authn: ['bearer', 'proof'] }] }, true],
    [{ from: [{ authn: ['strict-proof'] }] }, false],
    [{ from: [{ notAuthn: ['proof'] }] }, false],
    [{ when: [{ key: 'source.authn', notValues: ['bearer'] }] }, true],
  ])('%j: %s', (rule, expected) => {
    expect(matches(rule, { via })).toBe(expected);
  });

  test('of a call without them nothing is named', () => {
    expect(matches({ from: [{ via: ['*'] }] }, { via: [] })).toBe(false);
    expect(matches({ from: [{ authn: ['proof'] }] }, { principal: null })).toBe(false);
  });
});
