import { describe, expect, test } from 'vitest';
import type { AuthorizationPolicy } from '../../snapshot/policy.ts';
import { callerAt, MESH, policyAt, screenedAs, serviceAt } from '../routing/mesh.fake.ts';
import { compilePolicies } from './compile.ts';
import { tryShadow } from './shadow.ts';
import type { Undecided } from './trials.ts';

const inShadow = (policy: AuthorizationPolicy): AuthorizationPolicy => ({ ...policy, mode: 'shadow' });
const ALLOW = policyAt('shop/allow', 'ALLOW', {});
const DENY = policyAt('shop/deny', 'DENY', {});
const NO_MATCH = policyAt('shop/none', 'ALLOW');

const factsOf = (policies: AuthorizationPolicy[], over: Partial<Undecided> = {}): Undecided => ({
  ...screenedAs(),
  snapshot: { mesh: MESH },
  request: { method: 'GET' },
  connection: { remoteAddress: '' },
  principal: callerAt('shop/cart'),
  via: [],
  endUser: null,
  forwardedPath: '/',
  service: serviceAt('shop/orders', { policies }),
  widerPolicies: [],
  rule: null,
  backend: null,
  ...over,
});

test('without policies in shadow there is nothing to say', () => {
  expect(tryShadow(factsOf([ALLOW, DENY]), false)).toBeUndefined();
});

test.each([
  ['a DENY would deny', [ALLOW, inShadow(DENY)], true, { would: 'deny', decidedBy: 'shop/deny', flips: true }],
  ['an ALLOW would allow', [inShadow(ALLOW)], false, { would: 'allow', decidedBy: 'shop/allow', flips: true }],
  ['a DENY in force stays', [DENY, inShadow(ALLOW)], false, { would: 'deny', decidedBy: 'shop/deny', flips: false }],
  ['no match changes nothing', [ALLOW, inShadow(NO_MATCH)], true, { would: 'allow', decidedBy: 'shop/allow' }],
  ['one that is broken counts too', [ALLOW, inShadow({ ...DENY, invalid: 'x' })], true, { would: 'deny' }],
] as const)('%s', (_, policies, allowed, verdict) => {
  expect(tryShadow(factsOf([...policies]), allowed)).toMatchObject(verdict);
});

test('where nothing has to allow, an ALLOW in shadow would make it so', () => {
  const snapshot = { mesh: { ...MESH, defaultAuthorization: 'allow' } } as const;
  expect(tryShadow(factsOf([inShadow(NO_MATCH)], { snapshot }), true)).toMatchObject({ would: 'deny', flips: true });
});

describe('a policy in shadow counts wherever it is bound', () => {
  const shadow = compilePolicies([inShadow(DENY)]);
  const v2 = { widerPolicies: [], port: 80, filters: [] };
  test.each<[string, Partial<Undecided>]>([
    ['the mesh or a namespace', { widerPolicies: [shadow] }],
    ['a gateway', { gatewayPolicies: shadow }],
    [
      'a backend that has no others',
      { backend: { ...v2, service: serviceAt('shop/v2', { policies: [inShadow(DENY)] }) } },
    ],
    [
      'a backend’s namespace',
      { backend: { ...v2, service: serviceAt('shop/v2'), widerPolicies: [undefined, shadow] } },
    ],
  ])('%s', (_, over) => {
    expect(tryShadow(factsOf([ALLOW], over), true)).toMatchObject({ would: 'deny', decidedBy: 'shop/deny' });
  });
});
