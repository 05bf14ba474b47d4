import { createServer } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { redisAddress } from './find-counters.ts';
import { RedisCounters } from './redis-counters.ts';
import { RedisDouble } from './redis-server.fake.ts';

const LIMIT = { requests: 5, window: 60_000, burst: 5 };
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function double(options: Parameters<typeof RedisDouble.start>[0] = {}, port = 0): Promise<RedisDouble> {
  const server = await RedisDouble.start(options, port);
  ends.push(() => server.stop());
  return server;
}

function countersAt(port: number, credentials = ''): RedisCounters {
  const counters = new RedisCounters(redisAddress(`redis://${credentials}127.0.0.1:${port}/2`), () => 0);
  ends.push(() => counters.close());
  return counters;
}

const take = (counters: RedisCounters, key = 'k') => counters.take(key, 1, LIMIT, 0);

test('says who it is and which database it means, then asks for the script by name, once by its text', async () => {
  const server = await double({ password: 'secret' });
  const counters = countersAt(server.port, 'me:secret@');
  expect([(await take(counters)).remaining, (await take(counters)).remaining]).toEqual([4, 3]);
  expect(server.commands.map(([command]) => command)).toEqual(['AUTH', 'SELECT', 'EVALSHA', 'EVAL', 'EVALSHA']);
  expect(server.commands.slice(0, 2)).toEqual([
    ['AUTH', 'me', 'secret'],
    ['SELECT', '2'],
  ]);
});

test('a wrong password is not told to anybody', async () => {
  const server = await double({ password: 'other' });
  const said = await take(countersAt(server.port, ':secret@')).catch((error: Error) => error.message);
  expect(said).toBe('the Redis server can not be asked: it refuses AUTH');
});

test('a server that was away is asked again when it is there', async () => {
  const server = await double();
  const { port } = server;
  const counters = countersAt(port);
  await take(counters);
  server.stop();
  await vi.waitUntil(() =>
    take(counters).then(
      () => false,
      () => true,
    ),
  );
  await double({}, port);
  await vi.waitFor(() => take(counters), 10_000);
});

test('between connections there is a pause in which nobody waits', async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  ends.push(() => server.close());
  await vi.waitUntil(() => server.listening);
  const counters = countersAt((server.address() as { port: number }).port);
  for (let n = 0; n < 50; n++) await expect(take(counters)).rejects.toThrow('can not be asked');
  expect(connections).toBeLessThan(5);
});

test.each([
  ['another answer than the script gives', '*2\r\n$1\r\nx\r\n:1\r\n', 'another answer'],
  ['what is no answer at all', 'HTTP/1.1 200 OK\r\n\r\n', 'sign that is not known'],
  ['an error', '-READONLY You can not write here\r\n', 'READONLY'],
])('%s is no word that there is room', async (_, answer, why) => {
  const server = await double({ says: () => answer });
  await expect(take(countersAt(server.port))).rejects.toThrow(why);
});

test('a server that is silent has so many waiting and no more', async () => {
  const server = await double({ says: () => undefined });
  const counters = countersAt(server.port);
  const all = Array.from({ length: 1_100 }, () => take(counters).catch((error: Error) => error.message));
  const refused = await Promise.race(all.slice(-1));
  expect(refused).toBe('too many commands wait for the Redis server');
  counters.close();
  const reasons = new Set(await Promise.all(all));
  expect([...reasons].sort()).toEqual([
    'the Redis server can not be asked: it was closed',
    'too many commands wait for the Redis server',
  ]);
});

test('answers go to who asked for them, also when they come in one piece', async () => {
  const server = await double();
  const counters = countersAt(server.port);
  await take(counters, 'first');
  const keys = Array.from({ length: 20 }, (_, n) => `key-${n % 10}`);
  const left = await Promise.all(keys.map((key) => take(counters, key)));
  expect(left.map(({ remaining }) => remaining)).toEqual([...Array(10).fill(4), ...Array(10).fill(3)]);
});
