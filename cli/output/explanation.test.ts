import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import type { Explanation } from '../../snapshot/explanation.ts';
import { explanationText } from './explanation.ts';

const plain = picocolors.createColors(false);
const denied: Explanation = {
  revision: 7,
  verdict: 'refused',
  reason: 'permission_denied',
  status: 403,
  summary: 'No policy allows it.',
  steps: [
    { stage: 'screen', outcome: 'pass', summary: '/x is canonical' },
    { stage: 'authorize', outcome: 'stop', summary: 'denied' },
  ],
  route: {
    rule: 'HTTPRoute/shop/payments/0',
    match: 'HTTPRoute/shop/payments/0: prefix /',
    backends: [{ service: 'shop/payments-v1', weight: 90, share: 0.9 }],
    losers: [{ match: 'HTTPRoute/shop/payments/1', because: 'the path is not /refunds' }],
  },
  authorization: {
    decision: 'deny',
    decidedBy: 'mesh default',
    policies: [{ policy: 'shop/allow-orders', action: 'ALLOW', matched: false, why: 'another principal' }],
  },
};

test('a denial is told from the verdict down to the policies', () => {
  expect(explanationText({ method: 'GET', url: 'http://payments.shop.mesh/x' }, denied, plain)).toBe(
    `GET http://payments.shop.mesh/x from a caller without identity (revision 7)

REFUSED 403 permission_denied
  No policy allows it.

STAGES
  ✓   screen      /x is canonical
  ✗   authorize   denied

RULE HTTPRoute/shop/payments/0: prefix /
  →   shop/payments-v1            90.0 % (weight 90)
  ·   HTTPRoute/shop/payments/1   not chosen: the path is not /refunds

AUTHORIZATION deny, decided by mesh default
  ·   shop/allow-orders   ALLOW   another principal
`,
  );
});

test('parts that were not reached are left out', () => {
  const { route: _route, authorization: _authorization, ...early } = denied;
  const text = explanationText({ method: 'GET', url: 'http://x.mesh/', gateway: 'shop/edge' }, early, plain);
  expect(text).toContain('from outside through Gateway shop/edge');
  expect(text).not.toMatch(/RULE|AUTHORIZATION/);
});

test('what policies in shadow would decide stands beside the decision', () => {
  const shadow = { decision: 'allow', decidedBy: 'shop/try' } as const;
  const told = {
    ...denied,
    authorization: { decision: 'deny', decidedBy: 'mesh default', policies: [], shadow },
  } as const;
  expect(explanationText({ method: 'GET', url: 'http://payments.shop.mesh/x' }, told, plain)).toContain(
    'AUTHORIZATION deny, decided by mesh default; with those in shadow allow, by shop/try\n',
  );
});
