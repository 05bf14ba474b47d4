import { describe, expect, test } from 'vitest';
import type { AuthorizationPolicy } from '../../snapshot/policy.ts';
import { policyAt } from '../routing/mesh.fake.ts';
import { callFactsAs } from './call-facts.fake.ts';
import { compilePolicies } from './compile.ts';
import { decide } from './decide.ts';
import type { Trial } from './judge.ts';
import { Permit } from './permit.ts';

const CALL = callFactsAs();
const ALLOW = policyAt('shop/allow', 'ALLOW', {});
const DENY = policyAt('shop/deny', 'DENY', {});
const NO_MATCH = policyAt('shop/allow-none', 'ALLOW');
const DENY_NO_MATCH = policyAt('shop/deny-none', 'DENY');
const BROKEN_DENY = { ...policyAt('shop/broken', 'DENY'), invalid: 'x' };
const BROKEN_ALLOW = { ...policyAt('shop/broken', 'ALLOW', {}), invalid: 'x' };

const trial = (
  policies: readonly AuthorizationPolicy[],
  otherwise: Trial['otherwise'] = 'deny',
  target = 'service shop/orders',
): Trial => ({
  target,
  layers: [undefined, ...policies.map((policy) => compilePolicies([policy]))],
  call: CALL,
  otherwise,
});

function wordOf(...trials: Trial[]): string {
  const decision = decide(trials);
  return decision instanceof Permit ? `allow by ${decision.decidedBy}` : `deny by ${decision.decidedBy}`;
}

describe('order', () => {
  test.each<[string, AuthorizationPolicy[], Trial['otherwise'], string]>([
    ['DENY goes before ALLOW', [ALLOW, DENY], 'deny', 'deny by shop/deny'],
    ['ALLOW that matches allows', [NO_MATCH, ALLOW, DENY_NO_MATCH], 'deny', 'allow by shop/allow'],
    ['default deny: nothing matches', [], 'deny', 'deny by mesh default'],
    ['default deny: only a DENY that does not match', [DENY_NO_MATCH], 'deny', 'deny by mesh default'],
    ['default allow: no policy', [], 'allow', 'allow by mesh default'],
    ['default allow: only DENY policies, none matches', [DENY_NO_MATCH], 'allow', 'allow by mesh default'],
    ['default allow: an ALLOW exists but does not match', [NO_MATCH], 'allow', 'deny by mesh default'],
    ['a broken DENY denies', [ALLOW, BROKEN_DENY], 'allow', 'deny by shop/broken'],
    ['a broken ALLOW allows nothing, but is there', [BROKEN_ALLOW], 'allow', 'deny by mesh default'],
  ])('%s', (_, policies, otherwise, word) => {
    expect(wordOf(trial(policies, otherwise))).toBe(word);
  });
});

test('every scope must let the call through; the last names the permit, the first denial the refusal', () => {
  const last = policyAt('pay/own', 'ALLOW', {});
  expect(wordOf(trial([ALLOW]), trial([last], 'deny', 'service pay/v2'))).toBe('allow by pay/own');
  expect(wordOf(trial([ALLOW]), trial([], 'deny', 'service pay/v2'))).toBe('deny by mesh default');
  expect(wordOf(trial([DENY]), trial([last]))).toBe('deny by shop/deny');
});

test('nobody asked is nobody allowing', () => {
  expect(wordOf()).toBe('deny by mesh default');
});

test('a failing evaluation counts for a DENY and against an ALLOW', () => {
  const throwing = {
    ...CALL,
    get principal(): never {
      throw new Error('broken');
    },
  };
  const onPrincipal = { from: [{ principals: ['*'] }] };
  const judged = (action: 'ALLOW' | 'DENY') =>
    decide([{ ...trial([policyAt('shop/p', action, onPrincipal)], 'allow'), call: throwing }]);
  expect(judged('DENY')).toMatchObject({ decidedBy: 'shop/p' });
  expect(judged('DENY')).not.toBeInstanceOf(Permit);
  expect(judged('ALLOW')).not.toBeInstanceOf(Permit);
});
