import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boundCall, bundleOf, CART, newKey, ORDERS, witFor } from '../../sdk/surroundings.fake.ts';
import { jsonReady, Program, ROOT, stopAll } from './process.ts';
import { RUNTIMES } from './runtimes.ts';
import { QUIET } from './workerd.ts';

const hop = await newKey();
const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name);
const commands = { deno: ['deno', 'run', '-A', '--quiet'], bun: ['bun'] } as const;
const runtimes = RUNTIMES.map(({ name }) => name).filter((name) => name !== 'node');
const folder = mkdtempSync(join(tmpdir(), 'gossamer-sdk-worker-'));

afterAll(async () => {
  await stopAll();
  rmSync(folder, { recursive: true });
});

/** @param setting what the handler finds in its environment */
async function start(name: (typeof runtimes)[number], setting: string): Promise<Program> {
  if (name === 'workerd') return startWorker(setting);
  const [command, ...args] = commands[name as keyof typeof commands];
  return Program.start(bin(command), [...args, 'test/blackbox/sdk-handler.ts'], {
    ready: jsonReady,
    env: { SDK_HANDLER: setting, NO_COLOR: '1' },
  });
}

const DATE = '2026-10-20';

/** workerd with the script as wrangler would deploy it. */
function startWorker(setting: string): Promise<Program> {
  const named = ['--name', 'sdk', '--compatibility-date', DATE];
  const args = ['deploy', 'test/blackbox/sdk-worker.ts', '--dry-run', '--outdir', folder, ...named];
  const run = spawnSync(bin('wrangler'), args, { cwd: ROOT, encoding: 'utf8', env: { ...process.env, ...QUIET } });
  if (run.status !== 0) throw new Error(`wrangler deploy --dry-run: ${run.stdout}${run.stderr}`);
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "main", esModule = embed "sdk-worker.js")],
    compatibilityDate = "${DATE}",
    bindings = [(name = "SDK_HANDLER", text = ${JSON.stringify(setting)})],
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
  writeFileSync(join(folder, 'config.capnp'), config);
  return Program.start(bin('workerd'), ['serve', join(folder, 'config.capnp'), '--control-fd=1'], {
    ready: (line) => (line.includes('"event":"listen"') ? { port: String(JSON.parse(line).port) } : undefined),
  });
}

describe.each(runtimes)('a guarded fetch handler on %s', (name) => {
  let url = '';
  beforeAll(async () => {
    const wit = await witFor(ORDERS, Math.floor(Date.now() / 1000) + 600, hop);
    const trustBundle = bundleOf([hop, 'hop-1']);
    const program = await start(name, JSON.stringify({ wit, privateJwk: hop.privateJwk, trustBundle }));
    url = `http://127.0.0.1:${program.ready.port}`;
  });

  const iat = () => Math.floor(Date.now() / 1000);
  const signed = (target: string, body: string) => boundCall(hop, { target, body }, { iat: iat(), exp: iat() + 30 });
  const ask = async (text: string, target: string, body: BodyInit) => {
    const init = { method: 'POST', body, headers: { 'mesh-call': text }, duplex: 'half' };
    const answer = await fetch(url + target, init as RequestInit);
    return [answer.status, await answer.json()];
  };

  test.each(['/pay', '/pay?x=1&y=%20', "/pay?q='x'", '/p%C3%A9'])(
    'takes the request that was signed: %s',
    async (target) => {
      const answer = await ask(await signed(target, 'text'), target, 'text');
      expect(answer).toEqual([200, { caller: CART, length: 4 }]);
    },
  );

  test('reads a streamed body, and hands it on', async () => {
    const body = 'x'.repeat(900_000);
    const answer = await ask(await signed('/', body), '/', new Response(body).body as ReadableStream);
    expect(answer).toEqual([200, { caller: CART, length: body.length }]);
  });

  test.each([
    ['another path', '/pay2', 'text', 403],
    ['another body', '/pay', 'texT', 403],
    ['a body that is too large', '/pay', 'x'.repeat(1_048_577), 413],
  ])('refuses %s', async (_case, target, body, status) => {
    expect(await ask(await signed('/pay', 'text'), target, body)).toMatchObject([status, {}]);
  });

  test('takes it once', async () => {
    const text = await signed('/pay', 'text');
    await ask(text, '/pay', 'text');
    expect(await ask(text, '/pay', 'text')).toMatchObject([403, { code: 'mesh_call_invalid' }]);
  });
});
