import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { RedisDouble } from '../../workers/counters/redis-server.fake.ts';
import { call } from './client.ts';
import { type Mesh, startMesh } from './context.ts';
import { stopAll } from './process.ts';
import { type Member, RUNTIMES } from './runtimes.ts';

const limit = { requests: 3, window: '1h', per: { header: 'x-tenant' }, scope: 'global' };
const PASSWORD = 'password-of-the-counters';

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh();
  const policy = (name: string, target: string, onFailure: string) => ({
    apiVersion: 'gossamer.mesh/v1',
    kind: 'TrafficPolicy',
    metadata: { name, namespace: 'shop' },
    spec: { targetRefs: [{ kind: 'Service', name: target }], rateLimits: [{ ...limit, name, onFailure }] },
  });
  await mesh.store.apply([policy('open', 'orders-a', 'allow'), policy('closed', 'orders-b', 'refuse')]);
});
afterAll(async () => {
  await mesh?.stop();
  await stopAll();
});

const onRedis = RUNTIMES.filter(({ name }) => name !== 'workerd');
describe.each(onRedis)('on $name a counter store that stops', (runtime) => {
  let redis: RedisDouble;
  let router: Member;
  beforeAll(async () => {
    redis = await RedisDouble.start({ password: PASSWORD });
    const url = `redis://:${PASSWORD}@127.0.0.1:${redis.port}`;
    router = await runtime.start('router', mesh.store.joinFile, { GOSSAMER_COUNTERS: url });
  });
  afterAll(async () => {
    await router?.stop();
    redis.stop();
  });
  const ask = async (to: string, tenant: string): Promise<number> => {
    const headers = { 'x-tenant': tenant };
    return (await call(router.url, { to: `${to}.shop.mesh`, path: '/echo', as: mesh.cart, headers })).status;
  };
  const known = () =>
    vi.waitUntil(async () => (await ask('orders-b', crypto.randomUUID())) === 200, { timeout: 20_000, interval: 100 });

  test('open: each router goes on by its own count; closed: refused; and when it answers again, all is as before', async () => {
    const tenant = crypto.randomUUID();
    await known();
    expect(await ask('orders-a', tenant)).toBe(200);
    redis.silent = true;
    const statuses = [await ask('orders-a', tenant), await ask('orders-a', tenant), await ask('orders-a', tenant)];
    expect(statuses).toEqual([200, 200, 429]);
    expect(await ask('orders-b', tenant)).toBe(503);
    redis.silent = false;
    await known();
  });

  test('a store that is gone and comes back', async () => {
    await known();
    const { port } = redis;
    redis.stop();
    expect(await ask('orders-a', crypto.randomUUID())).toBe(200);
    expect(await ask('orders-b', crypto.randomUUID())).toBe(503);
    redis = await RedisDouble.start({ password: PASSWORD }, port);
    await known();
  });

  test('the password is told to the store and to nobody else', () => {
    expect(redis.commands.some(([command, word]) => command === 'AUTH' && word === PASSWORD)).toBe(true);
    expect(router.program.lines.join('\n')).toContain('counter store');
    expect(router.program.lines.join('\n')).not.toContain(PASSWORD);
  });
});
