import { expect, test } from 'vitest';
import { HeaderList } from '../headers.ts';
import { serviceAt } from '../routing/mesh.fake.ts';
import { isRepeatable, isRetried, type TryResult } from './retry.ts';
import { retryPolicyOf } from './retry-policy.ts';

const { traffic } = serviceAt('shop/orders').chunk;
const byDefault = retryPolicyOf(traffic, undefined);
const answer = (status: number, retryAfter = false): TryResult => ({ kind: 'answer', status, retryAfter });
const failure = (unprocessed: boolean): TryResult => ({ kind: 'failure', unprocessed });

test.each([
  ['GET', true],
  ['HEAD', true],
  ['OPTIONS', true],
  ['PUT', true],
  ['DELETE', true],
  ['POST', false],
  ['PATCH', false],
])('%s is repeatable: %s', (method, expected) => {
  expect(isRepeatable(method, new HeaderList())).toBe(expected);
});

test.each([
  ['a 503', answer(503), true, false],
  ['a 500', answer(500), false, false],
  ['a 425 that nobody named', answer(425), false, false],
  ['a failure', failure(false), true, false],
  ['a failure before anything was done', failure(true), true, true],
  ['a 503 with Retry-After', answer(503, true), true, false],
])('by default %s is retried: %s when repeatable, %s when not', (_name, result, repeatable, other) => {
  expect([isRetried(byDefault, true, result), isRetried(byDefault, false, result)]).toEqual([repeatable, other]);
});

test.each([
  ['425', answer(425), true],
  ['429 with Retry-After', answer(429, true), true],
  ['429 without', answer(429), false],
  ['503 with Retry-After', answer(503, true), true],
  ['503 without', answer(503), false],
  ['500 with Retry-After', answer(500, true), false],
])('a route that names the code retries a POST answered with %s: %s', (_name, result, expected) => {
  const named = retryPolicyOf(traffic, { codes: [425, 429, 500, 503] });
  expect(isRetried(named, false, result)).toBe(expected);
});

test('a TrafficPolicy that names a code counts too', () => {
  const policy = retryPolicyOf({ ...traffic, retry: { ...traffic.retry, codes: [429, 503] } }, undefined);
  expect(isRetried(policy, false, answer(429, true))).toBe(true);
});

test('a stanza takes the place of the settings it names, and of no others', () => {
  expect(retryPolicyOf(traffic, { attempts: 5, backoff: 100 })).toMatchObject({
    limit: 5,
    codes: [502, 503, 504],
    minimumWait: 100,
    unsafe: false,
    asked: true,
  });
});

test('a policy on the route stands before that of the service, in both directions', () => {
  const reckless = { ...traffic, retry: { ...traffic.retry, unsafe: true } };
  const careful = retryPolicyOf(reckless, { unsafe: false, backoffBase: 100, backoffMax: 1000 });
  expect(careful).toMatchObject({ unsafe: false, backoffBase: 100, backoffMax: 1000, minimumWait: 0 });
  expect(isRetried(careful, false, failure(false))).toBe(false);
  expect(isRetried(retryPolicyOf(traffic, { unsafe: true }), false, failure(false))).toBe(true);
  expect(isRetried(retryPolicyOf(reckless, { attempts: 1 }), false, failure(false))).toBe(true);
});
