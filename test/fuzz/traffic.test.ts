import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileMesh } from '../../policy-store/compiler/index.ts';
import { parseDocuments } from '../../policy-store/resources/index.ts';
import { meshPipeline } from '../../router/pipeline.ts';
import { type Act, answers, FakeClock, FakeRandom, fails, ScriptedTransport, slowly } from '../../router/ports.fake.ts';
import { Served } from '../../router/served.fake.ts';
import { loadService } from '../../router/snapshot/loaded-service.ts';
import type { RequestRecord } from '../../router/telemetry/record.ts';
import type { ServiceChunk } from '../../snapshot/chunk.ts';
import { fuzz, TIMEOUT } from './budget.ts';

const some = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
const of = fc.constantFrom;
const percent = fc.nat(100);
const time = of('100ms', '250ms', '1s', '5s');
const codes = fc.uniqueArray(of(500, 502, 503, 504), { minLength: 1 });
const key = fc.oneof(
  of({ header: 'X-User' }, { cookie: 'user' }, { principal: true }) as fc.Arbitrary<object>,
  of({ query: 'user' }),
);

const rateLimit = fc.record(
  {
    name: of('a', 'b', 'c'),
    requests: fc.integer({ min: 1, max: 60 }),
    window: time,
    burst: fc.integer({ min: 1, max: 60 }),
    per: of('service', 'caller', { header: 'X-User' }),
    mode: of('enforce', 'shadow'),
    scope: of('local', 'global'),
  },
  { requiredKeys: ['name', 'requests', 'window'] },
);
const rateLimits = fc.uniqueArray(rateLimit, { minLength: 1, maxLength: 3, selector: ({ name }) => name });
const fallback = of(
  { service: { name: 'other' } },
  { service: { name: 'pay' } },
  { answer: { status: 200, body: 'later' } },
);
const alongRoutes = {
  timeouts: some({ request: time, backendRequest: of('50ms', '100ms') }),
  rateLimits,
  fallback,
};
const retryOfRoutes = {
  attempts: fc.nat(4),
  codes,
  backoff: some({ base: of('1ms', '25ms'), max: of('100ms', '1s') }),
  hedging: some({ delay: of('p95', '10ms', '1s') }),
};

const forService = some({
  ...alongRoutes,
  retry: some({
    ...retryOfRoutes,
    replayCap: of<string | number>(0, '1Ki', '64Ki'),
    budget: some({ percent, interval: of('1s', '10s'), minRetryRate: fc.record({ count: fc.nat(20) }) }),
  }),
  loadBalancing: fc.oneof(
    some({
      type: of('PeakEwma', 'RoundRobin', 'Random', 'LeastRequest'),
      slowStart: fc.record({ window: of('1s', '10s') }),
      regions: fc.uniqueArray(of('east', 'west', 'gone'), { minLength: 1 }),
    }),
    key.map((consistentHash) => ({ type: 'ConsistentHash', consistentHash })),
  ),
  breaker: some({
    consecutiveFailures: fc.nat(3),
    codes,
    successRate: some({ percent: fc.integer({ min: 1, max: 100 }), minRequests: fc.integer({ min: 1, max: 5 }) }),
    open: some({ base: of('100ms', '1s'), max: of('1s', '1m') }),
  }),
  panicThreshold: percent,
  outlierDetection: some({
    consecutive5xxErrors: fc.integer({ min: 1, max: 3 }),
    baseEjectionTime: time,
    maxEjectionPercent: percent,
  }),
  concurrency: fc.record(
    { limit: fc.integer({ min: 1, max: 3 }), queue: fc.nat(3), wait: of('0s', '100ms', '1s') },
    { requiredKeys: ['limit'] },
  ),
  admission: some({ minimum: fc.integer({ min: 1, max: 3 }), maximum: fc.integer({ min: 3, max: 9 }) }),
});
const forRoute = some({ ...alongRoutes, retry: some(retryOfRoutes) });
const fault = some({
  delay: fc.record({ fixed: time, percent }),
  abort: fc.record({ status: of(400, 503), percent }),
}).filter((spec) => Object.keys(spec).length > 0);

const document = (kind: string, name: string, spec: object, apiVersion = 'gossamer.mesh/v1') => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'shop' },
  spec,
});
const serviceDocument = (name: string) =>
  document('Service', name, {
    endpoints: ['east', 'west', 'west'].map((region, at) => ({ url: `http://10.0.0.${at + 1}`, region })),
  });

const route = document(
  'HTTPRoute',
  'pay',
  {
    parentRefs: [{ group: '', kind: 'Service', name: 'pay' }],
    rules: [
      {
        backendRefs: [
          { name: 'pay', port: 80 },
          { name: 'other', port: 80, weight: 0 },
        ],
      },
    ],
  },
  'gateway.networking.k8s.io/v1',
);
const on = (kind: string, name: string, spec: object) => ({ targetRefs: [{ kind, name }], ...spec });

const policies = fc
  .record({ service: forService, other: forService, route: forRoute, fault: fc.option(fault, { nil: undefined }) })
  .map((specs) => [
    document('TrafficPolicy', 'service', on('Service', 'pay', specs.service)),
    document('TrafficPolicy', 'other', on('Service', 'other', specs.other)),
    document('TrafficPolicy', 'route', on('HTTPRoute', 'pay', specs.route)),
    ...(specs.fault === undefined ? [] : [document('FaultInjection', 'fault', on('Service', 'pay', specs.fault))]),
  ]);

/** As a store compiles it and a router loads it. */
function chunksOf(documents: readonly object[]): readonly ServiceChunk[] {
  const text = JSON.stringify([serviceDocument('pay'), serviceDocument('other'), route, ...documents]);
  const { documents: parsed, diagnostics } = parseDocuments(text, 'json');
  expect(diagnostics).toEqual([]);
  return compileMesh(
    parsed.map(({ resource }) => resource),
    { dev: true },
  ).services;
}

const ACTS = ['200', '200', '500', '503', '429', 'connect', 'reset', 'slow'] as const;
const actOf = (act: (typeof ACTS)[number], clock: FakeClock): Act => {
  if (act === 'connect' || act === 'reset') return fails(act);
  return act === 'slow' ? slowly(clock, 400) : answers(Number(act));
};

const asked = fc.record({
  method: of('GET', 'POST'),
  user: of('a', 'b', undefined),
  together: fc.integer({ min: 1, max: 5 }),
});
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

/** Of requests for `pay`: what its route says, else what it says itself. */
function timeoutOf(services: readonly { readonly chunk: ServiceChunk }[]): number {
  const [{ traffic, routes }] = services.filter(({ chunk }) => chunk.name === 'pay').map(({ chunk }) => chunk) as [
    ServiceChunk,
  ];
  return routes.default?.rules[0]?.timeouts?.request ?? traffic.requestTimeout;
}

async function askTogether(served: Served, { method, user, together }: Asked, timeout: number): Promise<void> {
  const before = served.clock.now();
  const headers = { ...(user !== undefined && { 'x-user': user, cookie: `user=${user}` }) };
  const one = async (): Promise<void> => {
    const reply = await served.ask({ method, authority: 'pay.shop.mesh', target: '/?user=a', headers });
    reply.finish({ outcome: 'complete' });
  };
  await Promise.all(Array.from({ length: together }, one));
  // Of several each lets the time of all go on.
  if (together === 1) expect(served.clock.now() - before).toBeLessThanOrEqual(timeout);
}

const mayHaveBeenProcessed = ({ attempts }: RequestRecord): number =>
  attempts.filter(({ failure }) => failure !== 'connect').length;

test(
  'whatever policies say, every request ends in its time, and no POST that may have been processed is sent again',
  async () => {
    await fuzz(
      fc.asyncProperty(
        policies,
        fc.array(of(...ACTS), { minLength: 1, maxLength: 40 }),
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 60 }),
        fc.array(asked, { minLength: 1, maxLength: 6 }),
        async (documents, acts, chances, requests) => {
          const services = chunksOf(documents).map((chunk) =>
            loadService({ ...chunk, peerAuthentication: 'PERMISSIVE' }),
          );
          const clock = new FakeClock();
          const transport = new ScriptedTransport(...acts.map((act) => actOf(act, clock)));
          const served = await Served.start(meshPipeline, {
            ...{ reporter: 'router' as const, clock, transport, region: 'west' },
            random: new FakeRandom(...chances),
            mesh: { services, mesh: { defaultAuthorization: 'allow' } },
          });
          for (const request of requests) await askTogether(served, request, timeoutOf(services));
          const { records } = served.telemetry;
          expect(records.map(({ reason }) => reason)).not.toContain('internal_error');
          const posts = records.filter(({ method }) => method === 'POST');
          expect(posts.filter((record) => mayHaveBeenProcessed(record) > 1)).toEqual([]);
          expect((await served.tell({ authority: 'pay.shop.mesh' })).reason).not.toBe('concurrency_limit');
        },
      ),
    );
  },
  TIMEOUT,
);
