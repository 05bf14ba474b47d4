import { afterAll, beforeAll, describe } from 'vitest';
import { startRedis, type TestRedis } from '../contract/redis.ts';
import { admissionCases } from './cases/admission.ts';
import { decisionCases } from './cases/decisions.ts';
import { endUserCases } from './cases/end-users.ts';
import { filterCases } from './cases/filters.ts';
import { gatewayCases } from './cases/gateways.ts';
import { identityCases } from './cases/identity.ts';
import { outageCases } from './cases/outage.ts';
import { protocolCases } from './cases/protocols.ts';
import { rateLimitCases } from './cases/rate-limits.ts';
import { resilienceCases } from './cases/resilience.ts';
import { routingCases } from './cases/routing.ts';
import { streamCases } from './cases/streams.ts';
import { type Context, type Mesh, startMesh } from './context.ts';
import { stopAll } from './process.ts';
import { RUNTIMES } from './runtimes.ts';

let mesh: Mesh;
let redis: TestRedis;
beforeAll(async () => {
  [mesh, redis] = await Promise.all([startMesh(), startRedis()]);
});
afterAll(async () => {
  await mesh?.stop();
  await redis?.stop();
  await stopAll();
});

describe.each(RUNTIMES)('on $name', (runtime) => {
  let context: Context;
  beforeAll(async () => {
    const { joinFile } = mesh.store;
    const env = { GOSSAMER_COUNTERS: redis.url };
    const router = await runtime.start('router', joinFile, env);
    const gateway = await runtime.start('gateway', joinFile, env);
    context = { runtime, mesh, router, gateway };
  });
  afterAll(() => Promise.all([context?.router.stop(), context?.gateway.stop()]));

  describe('routing', () => routingCases(() => context));
  describe('filters', () => filterCases(() => context));
  describe('identity', () => identityCases(runtime, () => context));
  describe('resilience', () => resilienceCases(() => context));
  describe('admission', () => admissionCases(() => context));
  describe('rate limits', () => rateLimitCases(() => context));
  describe('streams', () => streamCases(() => context));
  describe('protocols', () => protocolCases(runtime, () => context));
  describe('gateways', () => gatewayCases(() => context));
  describe('end users', () => endUserCases(() => context));
  describe('decisions', () => decisionCases(() => context));
});

describe.each(RUNTIMES)('on $name without a policy store', (runtime) => outageCases(runtime));
