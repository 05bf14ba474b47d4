import { expect, test } from 'vitest';
import { findCounters, redisAddress } from './find-counters.ts';

test.each([
  ['redis://cache', { host: 'cache', port: 6379, tls: false, username: undefined, password: undefined, database: 0 }],
  [
    'rediss://me:p%40ss%2F@10.0.0.1:7000/3',
    { host: '10.0.0.1', port: 7000, tls: true, username: 'me', password: 'p@ss/', database: 3 },
  ],
  [
    'redis://:secret@[::1]/',
    { host: '::1', port: 6379, tls: false, username: undefined, password: 'secret', database: 0 },
  ],
])('%s', (text, address) => {
  expect(redisAddress(text)).toEqual(address);
});

test.each([
  'secret',
  'http://:secret@cache',
  'redis://:secret@',
  'redis://:secret@cache/x',
  'redis://:secret@cache?x=1',
  'redis://:secret%@cache',
  'redis:///1',
])('%s is refused without being told', (text) => {
  const said = (() => {
    try {
      return JSON.stringify(redisAddress(text));
    } catch (error) {
      return (error as Error).message;
    }
  })();
  expect(said).toContain('GOSSAMER_COUNTERS');
  expect(said).not.toContain('secret');
});

test('nothing is said: there is no counter store', () => {
  expect([findCounters(undefined), findCounters('')]).toEqual([undefined, undefined]);
});
