import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { call } from './client.ts';
import { type Mesh, startMesh } from './context.ts';
import { split } from './mesh.ts';
import { ROOT } from './process.ts';

const run = promisify(execFile);
const scratch = mkdtempSync(join(tmpdir(), 'gossamer-apply-'));
let mesh: Mesh;

beforeAll(async () => {
  mesh = await startMesh();
});
afterAll(async () => {
  await mesh?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const ready = (what: string): string => mesh.store.program.ready[what] as string;

/** What a user types, against the mesh of this test. */
async function gossamer(command: string, ...args: string[]): Promise<{ revision: number }> {
  const access = ['--json', '--admin', mesh.store.url, '--token-file', ready('adminTokenFile')];
  const { stdout } = await run(process.execPath, [join(ROOT, 'cli', 'gossamer.js'), command, ...args, ...access]);
  return JSON.parse(stdout) as { revision: number };
}

async function gossamerApply(document: object): Promise<{ revision: number }> {
  const file = join(scratch, 'route.json');
  writeFileSync(file, JSON.stringify(document));
  return gossamer('apply', '-f', file);
}

/** Calls the split service until told to stop. */
class Load {
  readonly answers: { readonly status: number; readonly revision: number; readonly from: string }[] = [];
  stopped = false;

  async run(): Promise<void> {
    while (!this.stopped) {
      const answer = await call(ready('router'), { to: 'orders-split.shop.mesh', path: '/echo', as: mesh.cart });
      const from = String(answer.headers['x-upstream']);
      this.answers.push({ status: answer.status, revision: Number(answer.headers['mesh-revision']), from });
    }
  }
}

test('a change of weights is served without one failed request', async () => {
  await gossamerApply(split(90, 10));
  const load = new Load();
  const running = Array.from({ length: 4 }, () => load.run());
  await vi.waitFor(() => expect(load.answers.length).toBeGreaterThan(200), 30_000);
  const { revision } = await gossamerApply(split(50, 50));
  const served = () => load.answers.filter((answer) => answer.revision === revision);
  await vi.waitFor(() => expect(served().length).toBeGreaterThan(400), 30_000);
  load.stopped = true;
  await Promise.all(running);
  expect(load.answers.filter(({ status }) => status !== 200)).toEqual([]);
  const share = served().filter(({ from }) => from === 'b').length / served().length;
  expect(Math.abs(share - 0.5)).toBeLessThan(0.12);
});

/** A second route of the split service, whose backend changes with every round. */
const extra = (backend: string): object => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'extra', namespace: 'shop' },
  spec: {
    parentRefs: [{ group: '', kind: 'Service', name: 'orders-split' }],
    rules: [
      { matches: [{ path: { type: 'PathPrefix', value: '/echo' } }], backendRefs: [{ name: backend, port: 80 }] },
    ],
  },
});

test('routes that come, change and go lose no request', async () => {
  const load = new Load();
  const running = Array.from({ length: 4 }, () => load.run());
  let revision = 0;
  for (let round = 0; round < 3; round++) {
    await gossamerApply(extra('orders-a'));
    ({ revision } = await gossamerApply(extra('orders-b')));
    await gossamer('delete', 'HTTPRoute', 'extra', '-n', 'shop');
  }
  const served = () => load.answers.filter((answer) => answer.revision > revision);
  await vi.waitFor(() => expect(served().length).toBeGreaterThan(50), 30_000);
  load.stopped = true;
  await Promise.all(running);
  expect(load.answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(new Set(load.answers.map((answer) => answer.revision)).size).toBeGreaterThan(3);
});
