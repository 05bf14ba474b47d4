import { createHash } from 'node:crypto';
import type { CounterAnswer, CounterStore } from '../../router/ports.ts';
import { type BucketSize, tokensIn } from '../../router/resilience/token-bucket.ts';
import { type RedisAddress, RedisConnection } from './redis-connection.ts';
import { type Reply, ServerError } from './resp.ts';

/**
 * The token bucket of router/resilience/token-bucket.ts, in one step on the server and by its clock, so that the clocks
 * of routers need not agree. A bucket is one number that ends with itself: a full one is not there.
 */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local cost = tonumber(ARGV[1])
local token = tonumber(ARGV[3]) / tonumber(ARGV[2])
local room = (tonumber(ARGV[4]) + 0.001) * token
local full = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
local after = math.max(now, full + cost * token)
local allowed = cost <= 0 or after - now <= room
if allowed then
  full = after
  if full > now then
    redis.call('SET', KEYS[1], string.format('%.6f', full), 'PX', math.ceil(full - now))
  else
    redis.call('DEL', KEYS[1])
  end
end
return { allowed and 1 or 0, string.format('%.3f', full - now) }
`;
const NAME = createHash('sha1').update(SCRIPT).digest('hex');
const PREFIX = 'gossamer:rate:';

/** Token buckets in Redis 5 or newer, or in what speaks its protocol and runs its scripts (Valkey). */
export class RedisCounters implements CounterStore {
  readonly #connection: RedisConnection;

  constructor(address: RedisAddress, random: () => number) {
    this.#connection = new RedisConnection(address, random);
  }

  async take(key: string, cost: number, size: BucketSize, now: number): Promise<CounterAnswer> {
    const { requests, window, burst } = size;
    const reply = await this.#run([`${PREFIX}${key}`, ...[cost, requests, window, burst].map(String)]);
    const [allowed, left] = Array.isArray(reply) ? (reply as readonly Reply[]) : [];
    const wait = typeof left === 'string' ? Number(left) : Number.NaN;
    if (typeof allowed !== 'number' || !(wait >= 0))
      throw new Error('the Redis server gave another answer than its script does');
    return { allowed: allowed === 1, remaining: tokensIn(wait, size, 0), resetAt: now + wait };
  }

  close(): void {
    this.#connection.close();
  }

  async #run(words: readonly string[]): Promise<Reply> {
    try {
      return await this.#connection.send(['EVALSHA', NAME, '1', ...words]);
    } catch (error) {
      if (!(error instanceof ServerError) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.#connection.send(['EVAL', SCRIPT, '1', ...words]);
    }
  }
}
