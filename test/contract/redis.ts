import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisDouble } from '../../workers/counters/redis-server.fake.ts';

/** A server for tests that speaks Redis' protocol. */
export interface TestRedis {
  /** `double`: it is our own, and runs our own words in place of the script. */
  readonly kind: 'redis' | 'double';
  /** redis://…, with the password that it asks for. */
  readonly url: string;
  stop(): Promise<void>;
}

const PASSWORD = 'password of the tests/%';

/** The server of TEST_REDIS_URL; else a redis-server or valkey-server of this machine; else a double. */
export async function startRedis(): Promise<TestRedis> {
  const given = process.env.TEST_REDIS_URL;
  if (given) return { kind: 'redis', url: given, stop: async () => {} };
  for (const name of ['redis-server', 'valkey-server']) {
    const started = await startServer(name);
    if (started !== undefined) return started;
  }
  const double = await RedisDouble.start({ password: PASSWORD });
  return { kind: 'double', url: urlAt(double.port), stop: async () => double.stop() };
}

export const urlAt = (port: number, password = PASSWORD): string =>
  `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}/1`;

/** Undefined: there is no such program. */
async function startServer(name: string): Promise<TestRedis | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-redis-'));
  const port = await freePort();
  const options = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--requirepass',
    PASSWORD,
  ];
  const child = spawn(name, options, { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit').catch(() => undefined);
  const stop = async (): Promise<void> => {
    child.kill();
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  const ready = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
    child.stdout.on('data', (text) => String(text).includes('eady to accept connections') && resolve(true));
  });
  if (await ready) return { kind: 'redis', url: urlAt(port), stop };
  rmSync(folder, { recursive: true, force: true });
  return undefined;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
