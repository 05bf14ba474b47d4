import type { RateLimit } from '../../snapshot/route.ts';
import { serviceChunkAt } from '../../snapshot/service-chunk.fake.ts';
import { meshPipeline } from '../pipeline.ts';
import { FakeClock, ScriptedTransport } from '../ports.fake.ts';
import { backendAtWeight, type FakeMesh, policyAt, ruleAt, serviceAt, tableOf } from '../routing/mesh.fake.ts';
import { type Asked, codeOf, Served } from '../served.fake.ts';
import type { FakeCounters } from './counter-store.fake.ts';

export const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
export const WEB = 'spiffe://mesh.local/ns/shop/sa/web';

/** Two in ten seconds. */
export const limitOf = (over: Partial<RateLimit> = {}): RateLimit => ({
  name: 'some',
  requests: 2,
  window: 10_000,
  burst: 2,
  per: 'service',
  mode: 'enforce',
  scope: 'local',
  onFailure: 'allow',
  ...over,
});

/** Where limits are written. With one of `route` and `backend` there is a route to another service. */
export interface Written {
  readonly service?: readonly RateLimit[];
  readonly route?: readonly RateLimit[];
  readonly backend?: readonly RateLimit[];
  readonly permissive?: boolean;
}

export function meshWith({ service, route, backend, permissive }: Written): FakeMesh {
  const { traffic } = serviceChunkAt('shop/orders');
  const rule = ruleAt(0, { backends: [backendAtWeight('shop/orders-v2')], ...(route && { rateLimits: route }) });
  return {
    services: [
      serviceAt('shop/orders', {
        traffic: { ...traffic, ...(service && { rateLimits: service }) },
        ...((route ?? backend) && { routes: { default: tableOf(rule), byPort: {} } }),
        ...(permissive && { peerAuthentication: 'PERMISSIVE' }),
      }),
      serviceAt('shop/orders-v2', { traffic: { ...traffic, ...(backend && { rateLimits: backend }) } }),
    ],
    policies: [policyAt('mesh-system/all', 'ALLOW', {})],
  };
}

/** A router with these limits, and short words for what it answers and records. */
export async function served(written: Written, counters?: FakeCounters, transport = new ScriptedTransport()) {
  const clock = new FakeClock();
  const router = await Served.start(meshPipeline, {
    reporter: 'router',
    mesh: meshWith(written),
    clock,
    transport,
    ...(counters && { counters }),
  });
  const codes = async (...asked: (string | Asked)[]): Promise<(string | number)[]> => {
    const seen = [];
    for (const one of asked) {
      const reply = await router.ask(typeof one === 'string' ? { from: one } : one);
      reply.finish({ outcome: 'complete' });
      seen.push(codeOf(reply) ?? reply.status);
    }
    return seen;
  };
  const limits = () =>
    router.telemetry.records.map((record) => record.limits?.map(({ limit, outcome }) => `${limit} ${outcome}`));
  return { router, clock, codes, limits };
}

/** Lets time go on. */
export function passTime(clock: FakeClock, ms: number): void {
  clock.after(ms, () => {});
  clock.next();
}
