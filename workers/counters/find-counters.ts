import type { CounterStore } from '../../router/ports.ts';
import type { RedisAddress } from './redis-connection.ts';
import { RedisCounters } from './redis-counters.ts';

/**
 * The counter store of `GOSSAMER_COUNTERS`: `redis://[user][:password]@host[:port][/database]`, `rediss://` over TLS.
 * @throws Error that does not tell the value: it holds a password
 */
export function findCounters(text: string | undefined): CounterStore | undefined {
  if (text === undefined || text === '') return undefined;
  return new RedisCounters(redisAddress(text), Math.random);
}

export function redisAddress(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = /^\/?(\d{0,5})$/.exec(url?.pathname ?? '-')?.[1];
  const scheme = url?.protocol;
  if (!url?.hostname || database === undefined || (scheme !== 'redis:' && scheme !== 'rediss:') || url.search !== '') {
    throw new Error('GOSSAMER_COUNTERS is no URL like redis://user:password@host:6379/0 (rediss:// over TLS)');
  }
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 6379),
    tls: scheme === 'rediss:',
    username: decoded(url.username),
    password: decoded(url.password),
    database: Number(database || 0),
  };
}

function decoded(text: string): string | undefined {
  try {
    return text === '' ? undefined : decodeURIComponent(text);
  } catch {
    throw new Error('the user or the password in GOSSAMER_COUNTERS is not percent-encoded as it should be');
  }
}
