import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { jsonReady, Program, stopAll } from '../process.ts';

const data = mkdtempSync(join(tmpdir(), 'gossamer-stopping-'));
afterAll(async () => {
  await stopAll();
  rmSync(data, { recursive: true, force: true });
});

const start = (env: Record<string, string> = {}): Promise<Program> => {
  const options = JSON.stringify({ command: 'dev', data });
  return Program.start(process.execPath, ['workers/node/main.ts', options], { ready: jsonReady, env });
};

async function ask({ ready }: Program, method: string, path: string, body?: object): Promise<Response> {
  const token = readFileSync(ready.adminTokenFile as string, 'utf8').trim();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return fetch(ready.admin + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
}

test('a store that stops serves on while it is not ready, and keeps every document that it said it had', async () => {
  const store = await start({ GOSSAMER_DRAIN_DELAY: '400ms' });
  const kept: string[] = [];
  let told = false;
  let ended = false;
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let n = 0; !ended; n++) {
      const metadata = { name: `w-${writer}-${n}`, namespace: 'shop' };
      const document = { apiVersion: 'gossamer.mesh/v1', kind: 'Workload', metadata, spec: {} };
      const answer = await ask(store, 'POST', '/v1/apply', document).catch(() => undefined);
      await answer?.text().catch(() => undefined);
      if (answer?.ok) kept.push(metadata.name);
      else ended = true;
      told ||= answer?.headers.get('connection') === 'close';
    }
  });
  await vi.waitUntil(() => kept.length > 8, 30_000);
  const stopped = store.stop();
  await vi.waitFor(async () => expect((await ask(store, 'GET', '/readyz')).status).toBe(503), 10_000);
  expect(await stopped).toBe(0);
  await Promise.all(writers);
  expect(told).toBe(true);
  const again = await start();
  const list = (await (await ask(again, 'GET', '/v1/namespaces/shop/Workload')).json()) as Record<string, object[]>;
  const held = JSON.stringify(list);
  expect(kept.filter((name) => !held.includes(`"${name}"`))).toEqual([]);
  expect(await again.stop()).toBe(0);
});
