import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonReady, Program, ROOT } from './process.ts';
import type { Runtime } from './runtimes.ts';
import { QUIET } from './workerd.ts';

const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name);
const commands = {
  node: [process.execPath],
  deno: [bin('deno'), 'run', '-A', '--quiet'],
  bun: [bin('bun')],
} as const;

/**
 * A fetch handler that the SDK guards, strictly; its `ready` says the port.
 * @param setting what it finds in its environment, see `sdk-handler.ts`
 */
export function startSdkHandler(name: Runtime['name'], setting: string): Promise<Program> {
  if (name === 'workerd') return startWorker(setting);
  const [command, ...args] = commands[name];
  return Program.start(command, [...args, 'test/blackbox/sdk-handler.ts'], {
    ready: jsonReady,
    env: { SDK_HANDLER: setting, NO_COLOR: '1' },
  });
}

const DATE = '2026-10-20';

/** workerd with the script as wrangler would deploy it. */
async function startWorker(setting: string): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-sdk-worker-'));
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
  const program = await Program.start(bin('workerd'), ['serve', join(folder, 'config.capnp'), '--control-fd=1'], {
    ready: (line) => (line.includes('"event":"listen"') ? { port: String(JSON.parse(line).port) } : undefined),
  });
  program.child.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return program;
}
