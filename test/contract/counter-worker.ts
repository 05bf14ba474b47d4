import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CounterAnswer, CounterStore } from '../../router/ports.ts';
import { Program, ROOT } from '../blackbox/process.ts';
import { QUIET } from '../blackbox/workerd.ts';

/** The Durable Objects of workers/cloudflare/counters.ts in a real workerd, behind a worker that asks as a router does. */
export interface CounterWorker {
  readonly store: CounterStore;
  /** Ends workerd and starts it again on what it wrote to disk. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const DATE = '2026-10-20';
const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name);

export async function startCounterWorker(): Promise<CounterWorker> {
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-counters-'));
  const named = ['--name', 'counters', '--compatibility-date', DATE];
  const args = ['deploy', 'test/contract/counter-script.js', '--dry-run', '--outdir', folder, ...named];
  const run = spawnSync(bin('wrangler'), args, { cwd: ROOT, encoding: 'utf8', env: { ...process.env, ...QUIET } });
  if (run.status !== 0) throw new Error(`wrangler deploy --dry-run: ${run.stdout}${run.stderr}`);
  writeFileSync(join(folder, 'config.capnp'), configOf(folder));
  const start = (): Promise<Program> =>
    Program.start(bin('workerd'), ['serve', join(folder, 'config.capnp'), '--control-fd=1'], {
      ready: (line) => (line.includes('"event":"listen"') ? { port: String(JSON.parse(line).port) } : undefined),
    });
  let program = await start();
  const take: CounterStore['take'] = async (...asked) => {
    const init = { method: 'POST', body: JSON.stringify(asked) };
    const answer = await fetch(`http://127.0.0.1:${program.ready.port}/`, init);
    return (await answer.json()) as CounterAnswer;
  };
  return {
    store: { take },
    restart: async () => {
      await program.stop('SIGKILL');
      program = await start();
    },
    stop: async () => {
      await program.stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const configOf = (folder: string): string => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "main", esModule = embed "counter-script.js")],
      compatibilityDate = "${DATE}",
      durableObjectNamespaces = [(className = "Counters", uniqueKey = "counters", enableSql = true)],
      durableObjectStorage = (localDisk = "disk"),
      bindings = [(name = "GOSSAMER_COUNTERS", durableObjectNamespace = "Counters")],
    )),
    (name = "disk", disk = (path = "${folder}", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
