import { describe, expect, test } from 'vitest';
import type { AuthorizationPolicy, AuthorizationRule } from '../../snapshot/policy.ts';
import { callerAt, policyAt } from '../routing/mesh.fake.ts';
import { type CallFacts, compilePolicies } from './compile.ts';
import { matchingRule } from './judge.ts';

const CALL: CallFacts = { principal: callerAt('shop/cart'), method: 'GET', path: '/pay/1' };

function matchOf(policy: AuthorizationPolicy, call: Partial<CallFacts> = {}): number | undefined {
  const { allow, deny } = compilePolicies([policy]);
  return matchingRule([...allow, ...deny][0]!, { ...CALL, ...call });
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
  expect(matchesNobody({ from: [{ notPrincipals: ['x'] }] })).toBe(true);
  expect(matchesNobody({})).toBe(true);
});

test('no rules never match, an empty rule always does', () => {
  expect(matchOf(policyAt('shop/p', 'ALLOW'))).toBeUndefined();
  expect(matchOf(policyAt('shop/p', 'ALLOW', {}))).toBe(0);
  expect(matchOf(policyAt('shop/p', 'ALLOW', { to: [{ paths: ['/x'] }] }, {}))).toBe(1);
});

describe('a policy that can not be judged allows nothing and denies everything', () => {
  const unknown = { to: [{ hosts: ['a.example'] }] } as unknown as AuthorizationRule;
  test.each<[string, Partial<AuthorizationPolicy>]>([
    ['broken at apply', { invalid: 'targetRef does not exist', rules: [{}] }],
    ['an unknown condition', { rules: [unknown] }],
    ['an unknown part of a rule', { rules: [{ when: [] } as AuthorizationRule] }],
    ['an empty source', { rules: [{ from: [{}] }] }],
    ['a path template that is none', { rules: [{ to: [{ paths: ['/a{*}'] }] }] }],
  ])('%s', (_, over) => {
    expect(matchOf({ ...policyAt('shop/p', 'ALLOW'), ...over })).toBeUndefined();
    expect(matchOf({ ...policyAt('shop/p', 'DENY'), ...over })).toBe(-1);
  });
});

test('an action that this router does not know denies', () => {
  const custom = { ...policyAt('shop/p', 'ALLOW', {}), action: 'CUSTOM' } as unknown as AuthorizationPolicy;
  expect(compilePolicies([custom])).toMatchObject({ allow: [], deny: [{ name: 'shop/p' }] });
});
