import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createPolicyStore, type PolicyStore } from '../../policy-store/index.ts';
import { keyEncryptionKey, service, summaryOf, testOptions, testPorts } from './store-harness.ts';

let folder: string;
let child: ChildProcess | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gossamer-data-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = async (overrides = {}): Promise<PolicyStore> =>
  createPolicyStore(testPorts(), { ...(await testOptions()), database: { pglite: folder }, ...overrides });

/** Lines of a store process until one satisfies `until`. */
async function linesUntil(until: (line: string) => boolean): Promise<string[]> {
  const lines: string[] = [];
  child = spawn(process.execPath, [join(import.meta.dirname, 'store-process.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { stdout } = child;
  if (!stdout) throw new Error('no stdout');
  for await (const line of createInterface({ input: stdout })) {
    lines.push(line);
    if (until(line)) break;
  }
  return lines;
}

const killed = async (): Promise<void> => {
  const gone = new Promise((resolve) => child?.once('exit', resolve));
  child?.kill('SIGKILL');
  await gone;
};

const names = async (store: PolicyStore): Promise<string[]> => {
  const headers = { authorization: 'Bearer admin-token-of-the-tests' };
  const answer = await store.fetch(new Request('http://store.test/v1/resources', { headers }));
  const { items }: { items: { metadata: { name: string } }[] } = await answer.json();
  return items.map((item) => item.metadata.name);
};

test('documents, keys and generations outlive a restart', async () => {
  const first = await start();
  await first.apply(service('kept'), 'yaml', { actor: 'test' });
  const before = { keys: await first.manifestKeys(), jws: await first.reader.manifest() };
  await first.close();
  const second = await start();
  expect(await names(second)).toEqual(['kept']);
  expect({ keys: await second.manifestKeys(), jws: await second.reader.manifest() }).toEqual(before);
  await second.apply('', 'yaml', { actor: 'test', prune: true });
  expect(summaryOf(await second.reader.manifest())).toMatchObject({ revision: 2, generation: 3 });
  await second.close();
});

test('the folder is for nobody else to read', async () => {
  expect((await stat(join(folder, 'postgres'))).mode & 0o077).toBe(0);
});

test('another key encryption key opens nothing, and says so', async () => {
  await expect(start({ keyEncryptionKey: await keyEncryptionKey(8) })).rejects.toThrow('Start with the key that');
  await (await start()).close();
});

test('a second store on the folder is refused, in this process or another', async () => {
  const store = await start();
  await expect(start()).rejects.toThrow(`in use by process ${process.pid}`);
  expect(await linesUntil((line) => line.startsWith('failed'))).toEqual([
    expect.stringContaining(`process ${process.pid}`),
  ]);
  await store.close();
});

test('kill -9 loses no acknowledged apply, and leaves no lock behind', async () => {
  const lines = await linesUntil((line) => line === 'acknowledged 5');
  await killed();
  const store = await start();
  const acknowledged = lines.filter((line) => line.startsWith('acknowledged')).map((line) => `s${line.split(' ')[1]}`);
  expect(await names(store)).toEqual(expect.arrayContaining(acknowledged));
  expect(acknowledged).toHaveLength(6);
  await store.close();
});

test('a folder that holds no database is refused with what to do', async () => {
  const broken = await mkdtemp(join(tmpdir(), 'gossamer-broken-'));
  await writeFile(join(broken, 'postgres'), 'not a folder');
  await expect(start({ database: { pglite: broken } })).rejects.toThrow(/choose another (folder )?with --data/i);
  await rm(broken, { recursive: true });
});

test.each([
  ['short', 'router-token-of-the-tests', 'at least 16 characters'],
  ['one-token-for-both-uses', 'one-token-for-both-uses', 'must differ'],
])('tokens that protect nothing are refused', async (adminToken, routerToken, message) => {
  await expect(start({ adminToken, routerToken })).rejects.toThrow(message);
});
