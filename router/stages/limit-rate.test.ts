import { expect, test } from 'vitest';
import type { RateLimit } from '../../snapshot/route.ts';
import { serviceChunkAt } from '../../snapshot/service-chunk.fake.ts';
import { meshPipeline } from '../pipeline.ts';
import { FakeClock } from '../ports.fake.ts';
import { backendAtWeight, type FakeMesh, policyAt, ruleAt, serviceAt, tableOf } from '../routing/mesh.fake.ts';
import { codeOf, Served } from '../served.fake.ts';

const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
const WEB = 'spiffe://mesh.local/ns/shop/sa/web';

const limitOf = (over: Partial<RateLimit> = {}): RateLimit => ({
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

interface Written {
  readonly service?: readonly RateLimit[];
  readonly route?: readonly RateLimit[];
  readonly backend?: readonly RateLimit[];
}

function meshWith({ service, route, backend }: Written): FakeMesh {
  const { traffic } = serviceChunkAt('shop/orders');
  const rule = ruleAt(0, { backends: [backendAtWeight('shop/orders-v2')], ...(route && { rateLimits: route }) });
  const routes = { default: tableOf(rule), byPort: {} };
  return {
    services: [
      serviceAt('shop/orders', {
        traffic: { ...traffic, ...(service && { rateLimits: service }) },
        ...((route ?? backend) && { routes }),
      }),
      serviceAt('shop/orders-v2', { traffic: { ...traffic, ...(backend && { rateLimits: backend }) } }),
    ],
    policies: [policyAt('mesh-system/all', 'ALLOW', {})],
  };
}

async function served(written: Written) {
  const clock = new FakeClock();
  const mesh = await Served.start(meshPipeline, { reporter: 'router', mesh: meshWith(written), clock });
  const codes = async (...callers: string[]): Promise<(string | number)[]> => {
    const seen = [];
    for (const from of callers) {
      const reply = await mesh.ask({ from });
      seen.push(codeOf(reply) ?? reply.status);
    }
    return seen;
  };
  return { mesh, clock, codes };
}

test('lets in what there is room for, and after the time that it says again', async () => {
  const { mesh, clock, codes } = await served({ service: [limitOf()] });
  expect(await codes(CART, WEB, CART)).toEqual([200, 200, 'rate_limited']);
  const reply = await mesh.ask({ from: WEB });
  expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '5']);
  clock.after(5_000, () => {});
  clock.next();
  expect(await codes(CART, CART)).toEqual([200, 'rate_limited']);
});
