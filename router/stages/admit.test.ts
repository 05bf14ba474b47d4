import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConcurrencyPolicy } from '../../snapshot/chunk.ts';
import { serviceChunkAt } from '../../snapshot/service-chunk.fake.ts';
import { Cancellation } from '../cancellation.ts';
import { meshPipeline } from '../pipeline.ts';
import { type Act, answers, FakeClock, fails, ScriptedTransport, slowly } from '../ports.fake.ts';
import { pause } from '../resilience/bounded.ts';
import { serviceAt } from '../routing/mesh.fake.ts';
import { codeOf, Served } from '../served.fake.ts';

const { traffic } = serviceChunkAt('shop/orders');

const serving = (
  limits: Partial<ConcurrencyPolicy>,
  act: (clock: FakeClock) => Act = () => answers(200),
  more = {},
) => {
  const clock = new FakeClock();
  const concurrency = { limit: 1, queue: 100, wait: 3_000, ...limits };
  const service = { peerAuthentication: 'PERMISSIVE', traffic: { ...traffic, concurrency } } as const;
  return Served.start(meshPipeline, {
    reporter: 'router',
    mesh: { services: [serviceAt('shop/orders', service)], mesh: { defaultAuthorization: 'allow' } },
    clock,
    transport: new ScriptedTransport(act(clock)),
    ...more,
  });
};

const done = { outcome: 'complete' } as const;

describe.each([{ isolated: false }, { isolated: true }])('isolated: $isolated', ({ isolated }) => {
  test('what finds no room and no place to wait is refused at once', async () => {
    const served = await serving({ queue: 0 }, undefined, { isolated });
    const first = await served.ask();
    const before = served.clock.now();
    const second = await served.ask();
    expect([second.status, codeOf(second), second.headers.get('mesh-reason')]).toEqual([
      503,
      'concurrency_limit',
      'concurrency_limit',
    ]);
    expect(second.body).toContain('"check":"queue_full"');
    expect(served.clock.now()).toBe(before);
    first.finish(done);
    expect((await served.ask()).status).toBe(200);
    expect(served.transport.calls).toHaveLength(2);
  });

  test('what waits goes in when another has ended, the body included', async () => {
    const served = await serving({}, undefined, { isolated });
    const first = await served.ask();
    const second = served.ask();
    served.clock.after(1_000, () => first.finish(done));
    expect((await second).status).toBe(200);
    expect(served.clock.now() - 1_700_000_000_000).toBeLessThanOrEqual(1_010);
    expect(served.clock.now() - 1_700_000_000_000).toBeGreaterThanOrEqual(1_000);
  });

  test('it waits as long as the policy lets it', async () => {
    const served = await serving({ wait: 500 }, undefined, { isolated });
    await served.ask();
    const second = await served.ask();
    expect([second.status, served.clock.now() - 1_700_000_000_000]).toEqual([503, 500]);
    expect(second.body).toContain('"check":"waited_too_long"');
  });

  test('and never beyond the deadline', async () => {
    const served = await serving({}, undefined, { isolated });
    await served.ask();
    const second = await served.ask({ headers: { 'request-timeout': '1' } });
    expect([second.status, codeOf(second), served.clock.now() - 1_700_000_000_000]).toEqual([
      504,
      'deadline_exceeded',
      1_000,
    ]);
    expect(served.transport.calls).toHaveLength(1);
  });

  test('who goes away leaves the queue', async () => {
    const served = await serving({ queue: 1 }, undefined, { isolated });
    const first = await served.ask();
    const cancellation = new Cancellation();
    served.clock.after(10, () => cancellation.cancel('client_closed'));
    expect((await served.ask({ cancellation })).status).toBe(499);
    served.clock.after(10, () => first.finish(done));
    expect((await served.ask()).status).toBe(200);
  });

  test.each<[string, (clock: FakeClock) => Act]>([
    ['the connection is reset', () => fails('reset')],
    ['the service is too slow', (clock) => slowly(clock, 60_000)],
    [
      'forward crashes',
      () => async () => {
        throw new TypeError('a bug');
      },
    ],
  ])('the place is free again when %s', async (_, act) => {
    const served = await serving({ queue: 0 }, act, { isolated });
    for (let n = 1; n <= 3; n++) {
      const reply = await served.ask({ method: 'POST' });
      expect(codeOf(reply)).not.toBe('concurrency_limit');
      reply.finish(done);
    }
    expect(served.transport.calls).toHaveLength(3);
  });
});

test('a place that is given to who has just gone goes to the next', async () => {
  const served = await serving({ queue: 1 });
  const first = await served.ask();
  const cancellation = new Cancellation();
  served.clock.after(10, () => {
    cancellation.cancel('client_closed');
    first.finish(done);
  });
  expect((await served.ask({ cancellation })).status).toBe(499);
  expect((await served.ask()).status).toBe(200);
});

test('where the runtime ends a request without a word, its place is free when its time is over', async () => {
  const served = await serving({ wait: 30_000 }, undefined, { isolated: true });
  await served.ask({ headers: { 'request-timeout': '2' } });
  expect((await served.ask({ headers: { 'request-timeout': '10' } })).status).toBe(200);
  expect(served.clock.now() - 1_700_000_000_000).toBeGreaterThan(3_000);
  expect(served.clock.now() - 1_700_000_000_000).toBeLessThan(3_050);
});

test('where another service answers, its own limit holds, and the place at the first is free', async () => {
  const one = { limit: 1, queue: 0, wait: 0 };
  const fallback = { service: { namespace: 'shop', name: 'spare', port: 80 } };
  const services = [
    serviceAt('shop/orders', {
      peerAuthentication: 'PERMISSIVE',
      endpoints: [],
      traffic: { ...traffic, concurrency: one, fallback },
    }),
    serviceAt('shop/spare', { traffic: { ...traffic, concurrency: one } }),
  ];
  const mesh = { services, mesh: { defaultAuthorization: 'allow' } as const };
  const served = await Served.start(meshPipeline, { reporter: 'router', mesh });
  const first = await served.ask();
  const second = await served.ask();
  expect([first.status, codeOf(second), served.transport.calls.length]).toEqual([200, 'concurrency_limit', 1]);
  second.finish(done);
  expect(codeOf(await served.ask())).toBe('concurrency_limit');
  first.finish(done);
  expect((await served.ask()).status).toBe(200);
});

test('a service without a policy is not bounded', async () => {
  const service = serviceAt('shop/orders', { peerAuthentication: 'PERMISSIVE' });
  const mesh = { services: [service], mesh: { defaultAuthorization: 'allow' } as const };
  const served = await Served.start(meshPipeline, { reporter: 'router', mesh });
  for (let n = 0; n < 300; n++) expect((await served.ask()).status).toBe(200);
});

interface Plan {
  readonly starts: number;
  readonly fate: 'answer' | 'reset' | 'crash' | 'slow' | 'upgrade';
  /** After the head. */
  readonly streams: number;
  /** After the start. */
  readonly leaves: number | undefined;
  /** Seconds. */
  readonly timeout: number | undefined;
}

const plan = fc.record<Plan>({
  starts: fc.nat(2_000),
  fate: fc.constantFrom('answer', 'reset', 'crash', 'slow', 'upgrade'),
  streams: fc.nat(1_000),
  leaves: fc.option(fc.nat(1_500), { nil: undefined }),
  timeout: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
});
const limits = fc.record({ limit: fc.integer({ min: 1, max: 3 }), queue: fc.nat(4), wait: fc.nat(1_500) });

const withinItsTime = (drawn: Plan): Plan => ({
  ...drawn,
  fate: drawn.fate === 'slow' ? 'answer' : drawn.fate,
  timeout: undefined,
});

const fatal: Act = async () => {
  throw new TypeError('a bug');
};

test.each([false, true])(
  'whatever becomes of them, no more are at work than may, and no place is lost. isolated: %s',
  async (isolated) => {
    await fc.assert(
      fc.asyncProperty(limits, fc.array(plan, { maxLength: 12 }), async (concurrency, drawn) => {
        // A place is taken for lost a second after its time, and several that let time go on give a stream that second.
        const plans = isolated ? drawn.map(withinItsTime) : drawn;
        const atWork = new Set<string>();
        let most = 0;
        const acts: Record<Plan['fate'], (clock: FakeClock) => Act> = {
          answer: () => answers(200),
          reset: () => fails('reset'),
          crash: () => fatal,
          slow: (clock) => slowly(clock, 60_000),
          upgrade: () => answers(101),
        };
        const play =
          (clock: FakeClock): Act =>
          (call, cancel) => {
            const n = call.headers.get('x-n') ?? '';
            atWork.add(n);
            most = Math.max(most, atWork.size);
            return acts[plans[Number(n)]?.fate ?? 'answer'](clock)(call, cancel);
          };
        const served = await serving(concurrency, play, { isolated });
        const { clock } = served;
        const nobody = new Cancellation();
        const one = async ({ starts, streams, leaves, timeout, fate }: Plan, n: number): Promise<void> => {
          await pause(clock, nobody, starts);
          const cancellation = new Cancellation();
          if (leaves !== undefined) clock.after(leaves, () => cancellation.cancel('client_closed'));
          const headers = { 'x-n': String(n), ...(timeout !== undefined && { 'request-timeout': String(timeout) }) };
          const upgrade = fate === 'upgrade' ? ({ upgrade: 'websocket' } as const) : {};
          const reply = await served.ask({ headers, cancellation, method: n % 2 ? 'POST' : 'GET', ...upgrade });
          await pause(clock, nobody, streams);
          atWork.delete(String(n));
          reply.finish(done);
          reply.finish(done);
        };
        await clock.settle(Promise.all(plans.map(one)));
        expect(most).toBeLessThanOrEqual(concurrency.limit);
        const after = await Promise.all(
          Array.from({ length: concurrency.limit }, () => served.ask({ headers: { 'x-n': '-' } })),
        );
        expect(after.map(codeOf)).not.toContain('concurrency_limit');
      }),
      { numRuns: 60 },
    );
  },
);

test('first come, first served', async () => {
  const served = await serving({ limit: 1, wait: 10_000 });
  const order: string[] = [];
  const first = await served.ask();
  const others = ['a', 'b', 'c', 'd'].map(async (name) => {
    const reply = await served.ask();
    order.push(name);
    reply.finish(done);
  });
  served.clock.after(5, () => first.finish(done));
  await Promise.all(others);
  expect(order).toEqual(['a', 'b', 'c', 'd']);
});
