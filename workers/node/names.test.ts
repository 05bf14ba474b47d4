import type { LookupAddress } from 'node:dns';
import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { Names, type Resolver } from './names.ts';

const at = (address: string): LookupAddress => ({ address, family: 4 });
const failed = (code: string): Error => Object.assign(new Error(code), { code });

/** A resolver that says what a test says, on a clock that a test sets; nobody has patience. */
function resolver(): Resolver & { time: number; asked: number; answer: () => Promise<LookupAddress[]> } {
  return {
    time: 0,
    asked: 0,
    answer: async () => [at('10.0.0.1')],
    ask() {
      this.asked++;
      return this.answer();
    },
    now() {
      return this.time;
    },
    wait: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

const hangs = (): Promise<never> => new Promise(() => undefined);

test('is asked for once by all who wait, and then not again for a while', async () => {
  const system = resolver();
  const names = new Names(system);
  await Promise.all([names.of('a.test'), names.of('a.test')]);
  system.time = 4_999;
  expect(await names.of('a.test')).toEqual([at('10.0.0.1')]);
  expect(system.asked).toBe(1);
});

test('what changed is found after that while', async () => {
  const system = resolver();
  const names = new Names(system);
  await names.of('a.test');
  system.time = 5_000;
  system.answer = async () => [at('10.0.0.2')];
  expect(await names.of('a.test')).toEqual([at('10.0.0.2')]);
});

test('a resolver that hangs is asked once, and what is known serves', async () => {
  const system = resolver();
  const names = new Names(system);
  await names.of('a.test');
  system.time = 60_000;
  system.answer = hangs;
  for (let n = 0; n < 3; n++) expect(await names.of('a.test')).toEqual([at('10.0.0.1')]);
  expect(system.asked).toBe(2);
});

test('a resolver that can not tell now is no word against what is known; that there is no such name is', async () => {
  const system = resolver();
  const names = new Names(system);
  await names.of('a.test');
  system.time = 60_000;
  system.answer = () => Promise.reject(failed('EAI_AGAIN'));
  expect(await names.of('a.test')).toEqual([at('10.0.0.1')]);
  system.answer = () => Promise.reject(failed('ENOTFOUND'));
  await expect(names.of('a.test')).rejects.toThrow('ENOTFOUND');
  system.answer = () => Promise.reject(failed('EAI_AGAIN'));
  await expect(names.of('a.test')).rejects.toThrow('EAI_AGAIN');
});

test('net.connect takes its answers', async () => {
  const server = createServer((socket) => socket.end('here')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const system = resolver();
  system.answer = async () => [at('127.0.0.1')];
  const { port } = server.address() as { port: number };
  const socket = connect({ host: 'a.test', port, lookup: new Names(system).lookup });
  expect(String(await new Promise((resolve) => socket.once('data', resolve)))).toBe('here');
  socket.destroy();
  server.close();
});
