import { expect, test } from 'vitest';
import { compileMesh } from '../../policy-store/compiler/index.ts';
import { defineMesh } from '../../policy-store/resources/define-mesh.ts';
import type { Resource } from '../../policy-store/resources/index.ts';
import { ruleWords, trafficFacts } from './traffic.ts';

const mesh = defineMesh({
  namespace: 'shop',
  services: { bare: 'http://10.0.0.1', pay: 'http://10.0.0.2', off: 'http://10.0.0.3' },
  workloads: ['tester'],
  routes: { pay: { on: 'pay', to: 'pay' } },
  traffic: {
    pay: {
      on: 'pay',
      retry: { budget: { percent: 5 }, hedging: {}, unsafe: true },
      loadBalancing: { type: 'ConsistentHash', consistentHash: { header: 'X-User' }, regions: ['a', 'b'] },
      breaker: { successRate: {} },
      panicThreshold: 30,
      outlierDetection: {},
      concurrency: { limit: 5 },
      admission: {},
      rateLimits: [{ name: 'tenants', requests: 10, window: '1m', per: { header: 'X-Tenant' }, scope: 'global' }],
      fallback: 'bare',
    },
    off: { on: 'off', retry: { attempts: 0 }, breaker: { consecutiveFailures: 0 } },
    route: {
      on: { route: 'pay' },
      retry: { hedging: { delay: '50ms' } },
      rateLimits: [{ name: 'each', requests: 5, window: '500ms', per: 'caller', mode: 'shadow' }],
      fallback: { answer: { status: 503 } },
    },
  },
  faults: {
    slow: { on: ['pay', { route: 'pay' }], delay: { fixed: '2s', percent: 10 } },
    asked: { on: 'pay', byHeader: 'tester' },
  },
});
const { services } = compileMesh(mesh.toDocuments() as readonly Resource[], { dev: true });
const factsOf = (name: string) =>
  services.filter((service) => service.name === name).flatMap(({ traffic }) => trafficFacts(traffic));

test('what holds without a policy', () => {
  expect(factsOf('bare')).toEqual([
    ['Timeouts', 'request 15s, one try unbounded'],
    ['Retries', 'up to 2, after 502, 503, 504; budget 20 % of requests, or 10/s'],
    ['Breaker', 'opens after 7 failures in a row (no answer, 502, 503, 504)'],
    ['Balancing', 'peak-ewma'],
  ]);
});

test('what a policy turns off', () => {
  expect(factsOf('off')).toEqual(expect.arrayContaining([['Retries', 'off']]));
  expect(factsOf('off')).toEqual(expect.arrayContaining([['Breaker', 'off']]));
});

test('all that a policy can set', () => {
  expect(Object.fromEntries(factsOf('pay'))).toEqual({
    Timeouts: 'request 15s, one try unbounded',
    Retries: 'up to 2, after 502, 503, 504, also of unsafe requests; budget 5 % of requests, or 10/s',
    Hedging: 'after p95',
    Breaker:
      'opens after 7 failures in a row, or a success rate under 80 % (no answer, 502, 503, 504); all are used when under 30 % are left',
    Outliers: 'out after 5 5xx in a row, 30s to 300s, at most 10 %',
    Balancing: 'consistent-hash by header x-user; regions a, b',
    Concurrency: '5 at a time, 100 wait up to 3000ms, per router',
    Admission: 'adaptive, 4 to 1000 at a time',
    'Rate limits': 'tenants 10/60s per x-tenant (global)',
    Fallback: 'Service shop/bare:80',
    Faults: 'shop/asked as mesh.local/ns/shop/sa/tester asks; shop/slow delay 2s of 10 %',
  });
});

test('what a policy on a route adds to its rules', () => {
  const rules = services.flatMap(({ routes }) => routes.default?.rules ?? []);
  expect(rules.map(ruleWords)).toEqual([
    [
      'hedging after 50ms',
      'limit each 5/500ms per caller (shadow)',
      'fault shop/slow delay 2s of 10 %',
      'else answer 503',
    ],
  ]);
});
