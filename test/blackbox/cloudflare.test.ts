import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { gzipBytes } from '../../bench/size.ts';
import { sizeBudget } from '../../bench/size-budget.ts';
import { call } from './client.ts';
import { startMesh } from './context.ts';
import { Program, ROOT, stopAll } from './process.ts';
import { bundle, QUIET, startWorkerd, wranglerConfig } from './workerd.ts';

const state = mkdtempSync(join(tmpdir(), 'gossamer-wrangler-'));
afterAll(async () => {
  await stopAll();
  rmSync(state, { recursive: true, force: true });
});

test.each(['router', 'gateway'] as const)('the %s can be deployed, and is small', (role) => {
  const { folder, script } = bundle(role);
  const source = readFileSync(script);
  // What is loaded at each cold start: `npm run size` tells more, `node tools/bundle-size.ts` what they are spent on.
  expect(gzipBytes(source) / 1000).toBeLessThanOrEqual(sizeBudget().bundles[role].budget);
  for (const stranger of ['drizzle', 'node:fs', 'peculiar', 'pvtsutils']) expect(source.includes(stranger)).toBe(false);
  rmSync(folder, { recursive: true });
});

test('a worker that meets its first requests all at once answers each, and loads the snapshot once', async () => {
  const mesh = await startMesh();
  const { url, program, stop } = await startWorkerd('router', mesh.store.joinFile);
  const ask = (n: number) => call(url, { to: `orders-${n % 2 ? 'a' : 'b'}.shop.mesh`, path: '/echo', as: mesh.cart });
  const answers = await Promise.all(Array.from({ length: 150 }, (_, n) => ask(n)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  // Bare workerd has no cache, and each load says so.
  const loads = program.lines.filter((line) => line.includes('cache can not be read'));
  expect(loads.length).toBeLessThan(10);
  await stop();
  await mesh.stop();
});

/** As a developer runs it: wrangler.jsonc as it is, with the Cache API on disk. */
async function wranglerDev(joinFile: string): Promise<{ url: string; program: Program }> {
  const variable = `GOSSAMER_JOIN:${readFileSync(joinFile, 'utf8').trim()}`;
  const flags = ['--ip', '127.0.0.1', '--port', '0', '--inspector-port', '0', '--persist-to', state, '--var', variable];
  const program = await Program.start(
    join(ROOT, 'node_modules/.bin/wrangler'),
    ['dev', '-c', wranglerConfig('router'), ...flags],
    {
      ready: (line) => {
        const url = /Ready on (http:\S+)/.exec(line)?.[1];
        return url === undefined ? undefined : { url };
      },
      env: QUIET,
    },
  );
  return { url: program.ready.url as string, program };
}

test('an isolate that starts while the policy store is away serves by what the Cache API kept', async () => {
  const mesh = await startMesh();
  const { joinFile } = mesh.store;
  const first = await wranglerDev(joinFile);
  const ask = (url: string) => call(url, { to: 'orders-a.shop.mesh', path: '/echo', as: mesh.cart });
  expect((await ask(first.url)).status).toBe(200);
  await first.program.stop();
  await mesh.store.program.stop('SIGKILL');
  const second = await wranglerDev(joinFile);
  await vi.waitFor(async () => expect((await ask(second.url)).status).toBe(200), 10_000);
  await second.program.stop();
  await mesh.stop();
});
