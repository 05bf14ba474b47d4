import { expect, test } from 'vitest';
import { serviceAt } from '../routing/mesh.fake.ts';
import { backOff } from './back-off.ts';
import { retryPolicyOf } from './retry-policy.ts';

const { traffic } = serviceAt('shop/orders').chunk;

test.each([
  [1, 25],
  [2, 50],
  [3, 100],
  [4, 200],
  [5, 250],
  [50, 250],
])('the ceiling before retry %i is %i ms', (retry, ceiling) => {
  const policy = retryPolicyOf(traffic, undefined);
  expect([backOff(policy, retry, 0), backOff(policy, retry, 1)]).toEqual([0, ceiling]);
});

test('jitter only adds to the minimum of a route', () => {
  const policy = retryPolicyOf(traffic, { backoff: 1000 });
  expect([backOff(policy, 1, 0), backOff(policy, 1, 1)]).toEqual([1000, 1025]);
});
