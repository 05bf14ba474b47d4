import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CounterStore } from '../../router/ports.ts';
import { redisAddress } from '../../workers/counters/find-counters.ts';
import { MemoryCounters } from '../../workers/counters/memory-counters.ts';
import { RedisCounters } from '../../workers/counters/redis-counters.ts';
import { systemClock } from '../../workers/platform/clock.ts';
import { stopAll } from '../blackbox/process.ts';
import { counterContract } from './counter-contract.ts';
import { type CounterWorker, startCounterWorker } from './counter-worker.ts';
import { startRedis, type TestRedis } from './redis.ts';

describe('in memory', () => {
  const store = new MemoryCounters(systemClock);
  counterContract({ store: () => store });
});

describe('in Redis', () => {
  let redis: TestRedis;
  let routers: readonly RedisCounters[];
  beforeAll(async () => {
    redis = await startRedis();
    process.stdout.write(`counter store: ${redis.kind === 'redis' ? 'a Redis server' : 'a double of Redis'}\n`);
    routers = [0.1, 0.9].map((chance) => new RedisCounters(redisAddress(redis.url), () => chance));
  });
  afterAll(async () => {
    for (const router of routers) router.close();
    await redis.stop();
  });
  let next = 0;
  counterContract({ store: () => routers[next++ % 2] as CounterStore });
});

describe('in Durable Objects', () => {
  let worker: CounterWorker;
  beforeAll(async () => {
    worker = await startCounterWorker();
  });
  afterAll(async () => {
    await worker?.stop();
    await stopAll();
  });
  counterContract({ store: () => worker.store });

  test('what takes long to fill is there after a restart', async () => {
    const limit = { requests: 5, window: 3_600_000, burst: 5 };
    await worker.store.take('kept', 4, limit, 0);
    // Nobody waits for what is written; an answer of later goes out after it.
    await worker.store.take('kept', 0, limit, 0);
    await worker.restart();
    expect(await worker.store.take('kept', 1, limit, 0)).toMatchObject({ allowed: true, remaining: 0 });
  });
});
