import { describe, expect, test } from 'vitest';
import type { FaultRule } from '../../snapshot/route.ts';
import { serviceChunkAt } from '../../snapshot/service-chunk.fake.ts';
import { Cancellation } from '../cancellation.ts';
import { meshPipeline } from '../pipeline.ts';
import { FakeClock, FakeRandom } from '../ports.fake.ts';
import { backendAtWeight, ruleAt, serviceAt, tableOf } from '../routing/mesh.fake.ts';
import { codeOf, Served } from '../served.fake.ts';

const TESTER = 'spiffe://mesh.local/ns/shop/sa/tester';
const { traffic } = serviceChunkAt('shop/orders');
const NAME = { name: 'shop/trouble' };
const START = 1_700_000_000_000;

function serving(faults: readonly FaultRule[], random = new FakeRandom(), more: Parameters<typeof serviceAt>[1] = {}) {
  const service = { peerAuthentication: 'PERMISSIVE', traffic: { ...traffic, faults }, ...more } as const;
  const services = [serviceAt('shop/orders', service), serviceAt('shop/v1', { traffic: { ...traffic, faults } })];
  return Served.start(meshPipeline, {
    reporter: 'router',
    mesh: { services, mesh: { defaultAuthorization: 'allow' } },
    clock: new FakeClock(START),
    random,
  });
}

test('an answer on purpose says so, and nothing is sent', async () => {
  const served = await serving([{ ...NAME, abort: { status: 418, share: 1 } }]);
  const reply = await served.ask();
  expect([reply.status, codeOf(reply), reply.headers.get('mesh-reason')]).toEqual([
    418,
    'fault_injected',
    'fault_injected',
  ]);
  expect(reply.body).not.toContain('trouble');
  expect(served.transport.calls).toHaveLength(0);
  expect(await served.tell()).toMatchObject({ reason: 'fault_injected', detail: 'FaultInjection shop/trouble' });
});

test.each([
  [{ grpcStatus: 8 }, '8'],
  [{}, '14'],
])('a gRPC caller gets a status of gRPC: %j', async (more, status) => {
  const served = await serving([{ ...NAME, abort: { status: 503, share: 1, ...more } }]);
  const reply = await served.ask({ method: 'POST', headers: { 'content-type': 'application/grpc' } });
  expect([reply.status, reply.headers.get('grpc-status')]).toEqual([200, status]);
  expect(reply.headers.get('mesh-reason')).toBe('fault_injected');
});

test('a delay alone leaves the answer as it is, and is recorded', async () => {
  const served = await serving([{ ...NAME, delay: { duration: 2_000, share: 1 } }]);
  const reply = await served.ask();
  expect([reply.status, served.clock.now() - START, reply.headers.has('mesh-reason')]).toEqual([200, 2_000, false]);
  reply.finish({ outcome: 'complete' });
  const detail = 'FaultInjection shop/trouble: delayed by 2000 ms';
  expect(served.telemetry.records[0]).toMatchObject({ status: 200, reason: 'delay_injected', detail });
});

test('a delay comes before the answer', async () => {
  const served = await serving([{ ...NAME, delay: { duration: 100, share: 1 }, abort: { status: 500, share: 1 } }]);
  expect(await served.tell()).toMatchObject({ status: 500, reason: 'fault_injected', duration: 100 });
});

test('no delay is longer than the request may take', async () => {
  const served = await serving([{ ...NAME, delay: { duration: 60_000, share: 1 } }]);
  const reply = await served.ask({ headers: { 'request-timeout': '1' } });
  expect([reply.status, codeOf(reply), served.clock.now() - START]).toEqual([504, 'deadline_exceeded', 1_000]);
  expect(served.transport.calls).toHaveLength(0);
});

test('also where the rule answers by itself', async () => {
  const faults = [{ ...NAME, delay: { duration: 60_000, share: 1 } }];
  const rule = ruleAt(0, { filters: [{ type: 'RequestRedirect', hostname: 'new.test', statusCode: 301 }], faults });
  const routes = { default: tableOf(rule), byPort: {} };
  const served = await serving([], undefined, { routes, traffic });
  const reply = await served.ask({ headers: { 'request-timeout': '1' } });
  expect([codeOf(reply), served.clock.now() - START]).toEqual(['deadline_exceeded', 1_000]);
});

test('a delay ends with its client', async () => {
  const served = await serving([{ ...NAME, delay: { duration: 10_000, share: 1 } }]);
  const cancellation = new Cancellation();
  served.clock.after(10, () => cancellation.cancel('client_closed'));
  expect((await served.ask({ cancellation })).status).toBe(499);
  expect([served.clock.now() - START, served.clock.pendingTimers]).toEqual([10, 0]);
});

test.each([
  [0, 0, 200],
  [0.5, 0.49, 418],
  [0.5, 0.5, 200],
  [1, 0.99, 418],
])('a share of %d, and the chance %d: %i', async (share, chance, status) => {
  const served = await serving([{ ...NAME, abort: { status: 418, share } }], new FakeRandom(chance));
  expect((await served.ask()).status).toBe(status);
});

test.each(['addressed', 'called', 'rule'] as const)('of the %s', async (where) => {
  const faults = [{ ...NAME, abort: { status: 418, share: 1 } }];
  const none = { traffic };
  const rule = ruleAt(0, { backends: [backendAtWeight('shop/v1')], ...(where === 'rule' && { faults }) });
  const services = [
    serviceAt('shop/orders', {
      peerAuthentication: 'PERMISSIVE',
      routes: { default: tableOf(rule), byPort: {} },
      ...(where === 'addressed' ? { traffic: { ...traffic, faults } } : none),
    }),
    serviceAt('shop/v1', where === 'called' ? { traffic: { ...traffic, faults } } : none),
  ];
  const mesh = { services, mesh: { defaultAuthorization: 'allow' } as const };
  const served = await Served.start(meshPipeline, { reporter: 'router', mesh });
  expect((await served.ask()).status).toBe(418);
});

describe('asked for by header', () => {
  const byHeader = { principals: ['mesh.local/ns/shop/sa/test*'] };
  const asks = (headers: Readonly<Record<string, string>>, from?: string) => ({ headers, ...(from && { from }) });

  test('by a caller that may', async () => {
    const served = await serving([{ ...NAME, byHeader }]);
    const reply = await served.ask(asks({ 'mesh-fault-delay': '1s500ms', 'mesh-fault-abort': '429' }, TESTER));
    expect([reply.status, codeOf(reply), served.clock.now() - START]).toEqual([429, 'fault_injected', 1_500]);
  });

  test.each([
    ['another caller', 'spiffe://mesh.local/ns/shop/sa/cart'],
    ['a caller without identity', undefined],
  ])('%s gets what it would get without, and nothing goes on', async (_, from) => {
    const served = await serving([{ ...NAME, byHeader }]);
    const reply = await served.ask(asks({ 'mesh-fault-delay': 'x', 'mesh-fault-abort': '503' }, from));
    expect([reply.status, served.clock.now() - START]).toEqual([200, 0]);
    expect([...(served.transport.calls[0]?.headers ?? [])].filter(([name]) => name.includes('fault'))).toEqual([]);
  });

  test.each([
    ['mesh-fault-delay', '5 minutes'],
    ['mesh-fault-delay', '-1'],
    ['mesh-fault-delay', ''],
    ['mesh-fault-abort', '200'],
    ['mesh-fault-abort', '503, 504'],
  ])('%s: %j can not be read', async (name, value) => {
    const served = await serving([{ ...NAME, byHeader }]);
    const reply = await served.ask(asks({ [name]: value }, TESTER));
    expect([reply.status, codeOf(reply)]).toEqual([400, 'request_invalid']);
  });

  test.each([
    ['250', 250],
    ['0', 0],
    ['1h', 300_000],
    ['1m1s1ms', 61_001],
  ])('a delay of %s', async (text, delay) => {
    const served = await serving([{ ...NAME, byHeader }], undefined, {
      traffic: { ...traffic, requestTimeout: 0, faults: [{ ...NAME, byHeader }] },
    });
    expect((await served.ask(asks({ 'mesh-fault-delay': text }, TESTER))).status).toBe(200);
    expect(served.clock.now() - START).toBe(delay);
  });

  test('who does not ask gets none', async () => {
    const served = await serving([{ ...NAME, byHeader }]);
    expect((await served.ask({ from: TESTER })).status).toBe(200);
  });

  test('at a gateway nobody may: what comes from outside has no identity', async () => {
    const served = await Served.start(meshPipeline, {
      reporter: 'gateway',
      mesh: {
        services: [serviceAt('shop/orders', { traffic: { ...traffic, faults: [{ ...NAME, byHeader }] } })],
        mesh: { defaultAuthorization: 'allow' },
      },
    });
    const reply = await served.ask(asks({ 'mesh-fault-abort': '503' }, TESTER));
    expect(reply.status).toBe(200);
  });
});
