import { expect, test } from 'vitest';
import { validate } from '../validate.ts';

/** What is said of a TrafficPolicy for a target of this kind. */
const said = (settings: object, kind = 'Service'): string[] =>
  validate({
    apiVersion: 'gossamer.mesh/v1',
    kind: 'TrafficPolicy',
    metadata: { name: 'a' },
    spec: { targetRefs: [{ kind, name: 'a' }], ...settings },
  }).map(({ code, message }) => `${code} ${message}`);

const limit = (change: object) => ({ rateLimits: [{ name: 'a', requests: 1, window: '1s', ...change }] });

test.each([
  { loadBalancing: {} },
  { loadBalancing: { type: 'RoundRobin', regions: ['a', 'b'] } },
  { breaker: {} },
  { outlierDetection: {} },
  { admission: {} },
  { concurrency: { limit: 1 } },
  { retry: { hedging: {}, budget: {}, replayCap: 65536 } },
  { retry: { hedging: { delay: 'p95' }, replayCap: '64Ki' } },
  limit({}),
  limit({ per: 'caller', mode: 'shadow' }),
  limit({ per: { header: 'X-Tenant' }, scope: 'global', onFailure: 'refuse' }),
  { fallback: { service: { name: 'b' } } },
  { fallback: { answer: { status: 204 } } },
])('%j is right', (settings) => {
  expect(said(settings)).toEqual([]);
});

test.each([
  [{ loadBalancing: { type: 'ConsistentHash' } }, 'missing-field spec.loadBalancing.consistentHash'],
  [{ loadBalancing: { consistentHash: { principal: true } } }, 'goes with type ConsistentHash only'],
  [{ loadBalancing: { type: 'ConsistentHash', consistentHash: { header: 'a', query: 'b' } } }, 'exactly one of'],
  [{ loadBalancing: { type: 'ROUND_ROBIN' } }, 'did you mean "RoundRobin"?'],
  [{ loadBalancing: { regions: ['a', 'a'] } }, 'spec.loadBalancing.regions[1] is listed twice'],
  [{ loadBalancing: { slowStart: { window: '10ms' } } }, 'must be between 1s and 1h'],
  [{ breaker: { codes: [429] } }, 'must be at least 500'],
  [{ breaker: { open: { base: '2s', max: '1s' } } }, 'is shorter than base'],
  [{ breaker: { successRate: { percent: 0.8 } } }, 'wrong-type spec.breaker.successRate.percent'],
  [{ panicThreshold: 101 }, 'out-of-range spec.panicThreshold'],
  [{ outlierDetection: { maxEjectionTime: '1s' } }, 'is shorter than baseEjectionTime'],
  [{ admission: { minimum: 3, maximum: 2 } }, 'is smaller than minimum'],
  [{ concurrency: {} }, 'missing-field spec.concurrency.limit'],
  [{ concurrency: { limit: 1, wait: '10m' } }, 'must be between 0s and 5m'],
  [{ retry: { hedging: { delay: '0s' } } }, 'must be p95, or a duration'],
  [{ retry: { hedging: { delay: 'p99' } } }, 'must be p95, or a duration'],
  [{ retry: { replayCap: '2Mi' } }, 'out-of-range spec.retry.replayCap must be at most 1Mi'],
  [{ retry: { replayCap: '64 kB' } }, 'must be a number of bytes, such as 65536 or 64Ki'],
  [{ retry: { perTryTimeout: '1s' } }, 'use timeouts.backendRequest'],
  [limit({ name: 'A_B' }), 'invalid-value spec.rateLimits[0].name'],
  [limit({ window: '1.5s' }), 'must be a duration'],
  [limit({ per: 'tenant' }), 'must be service, caller or { header: NAME }'],
  [limit({ per: { header: 'Authorization' } }), 'names a header that carries a secret'],
  [limit({ onFailure: 'allow' }), 'goes with scope: global only'],
  [{ rateLimits: [...limit({}).rateLimits, ...limit({}).rateLimits] }, 'spec.rateLimits[1].name is used twice'],
  [{ rateLimits: [] }, 'out-of-range spec.rateLimits'],
  [{ fallback: {} }, 'must have exactly one of service and answer'],
  [{ fallback: { answer: { status: 204, body: 'x' } } }, 'does not go with status 204'],
  [{ fallback: { answer: { status: 100 } } }, 'must be at least 200'],
  [{ fallback: { answer: { status: 200, headers: [{ name: 'Mesh-Reason', value: 'x' }] } } }, "it is the mesh's own"],
  [{ fallback: { answer: { status: 200, headers: [{ name: 'a', value: 'x\r\ny: z' }] } } }, 'without line breaks'],
  [{ fallback: { answer: { status: 200, body: 'x'.repeat(16_385) } } }, 'must be at most 16384 characters'],
])('%j is wrong: %s', (settings, words) => {
  expect(said(settings)).toEqual([expect.stringContaining(words)]);
});

const REST = {
  loadBalancing: {},
  breaker: {},
  panicThreshold: 1,
  outlierDetection: {},
  concurrency: { limit: 1 },
  admission: {},
};

test.each(['HTTPRoute', 'GRPCRoute'])('a %s takes what means something along a route, and nothing else', (kind) => {
  const { rateLimits } = limit({});
  const retry = { attempts: 1, codes: [503], backoff: { base: '1s' }, unsafe: true, hedging: {} };
  const sticky = { principal: true };
  const fallback = { service: { name: 'b' } };
  expect(said({ timeouts: { request: '1s' }, retry, sticky, rateLimits, fallback }, kind)).toEqual([]);
  expect(said({ ...REST, retry: { budget: {}, replayCap: 0 } }, kind)).toEqual(
    [...Object.keys(REST), 'retry.budget', 'retry.replayCap'].map((field) =>
      expect.stringContaining(`spec.${field} belongs to the Service`),
    ),
  );
});
