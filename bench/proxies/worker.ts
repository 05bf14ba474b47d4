import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program, ROOT } from '../../test/blackbox/process.ts';
import type { Running } from './contestants.ts';

/**
 * workerd with one small script.
 * @param upstream what the script finds in `env.UPSTREAM`
 * @param flags compatibility flags
 */
export async function startWorker(script: string, upstream: string, flags: readonly string[] = []): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-bench-'));
  writeFileSync(join(folder, 'worker.js'), script);
  writeFileSync(join(folder, 'config.capnp'), configOf(upstream, flags));
  const workerd = join(ROOT, 'node_modules', '.bin', 'workerd');
  const program = await Program.start(workerd, ['serve', join(folder, 'config.capnp'), '--control-fd=1'], {
    ready: (line) => (line.includes('"event":"listen"') ? { port: String(JSON.parse(line).port) } : undefined),
  });
  return {
    url: `http://127.0.0.1:${program.ready.port}`,
    program,
    stop: async () => {
      await program.stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const configOf = (
  upstream: string,
  flags: readonly string[],
): string => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "main", esModule = embed "worker.js")],
      compatibilityDate = "2026-10-20",
      compatibilityFlags = ${JSON.stringify(flags)},
      bindings = [(name = "UPSTREAM", text = ${JSON.stringify(upstream)})],
    )),
    (name = "internet", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
