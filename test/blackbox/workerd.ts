import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Program, ROOT } from './process.ts';
import type { Member, Role, Variables } from './runtimes.ts';

const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name);

export const wranglerConfig = (role: Role): string =>
  `workers/cloudflare/${role === 'router' ? '' : 'gateway.'}wrangler.jsonc`;

/** Environment in which wrangler asks nobody anything. */
export const QUIET = { WRANGLER_SEND_METRICS: 'false', CI: '1', NO_COLOR: '1' };

/**
 * What would be deployed, in a folder of its own.
 * @param more arguments of wrangler
 * @returns the script's path and what wrangler said
 */
export function bundle(role: Role, more: readonly string[] = []): { folder: string; script: string; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-bundle-'));
  const args = ['deploy', '--dry-run', '--outdir', folder, '-c', wranglerConfig(role), ...more];
  const run = spawnSync(bin('wrangler'), args, { cwd: ROOT, encoding: 'utf8', env: { ...process.env, ...QUIET } });
  if (run.status !== 0) throw new Error(`wrangler deploy --dry-run: ${run.stdout}${run.stderr}`);
  return { folder, script: join(folder, `${role}.js`), output: run.stdout };
}

/**
 * workerd by itself, with the script as it would be deployed: `wrangler dev` puts a proxy in front that reads URLs and
 * keeps it to itself when a client goes away.
 */
export async function startWorkerd(
  role: Role,
  joinFile: string,
  env: Variables = {},
  flags: readonly string[] = [],
  script = scriptOf(role),
): Promise<Member> {
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-workerd-'));
  writeFileSync(join(folder, `${role}.js`), script);
  writeFileSync(
    join(folder, 'config.capnp'),
    configOf(role, folder, { ...env, GOSSAMER_JOIN: readFileSync(joinFile, 'utf8').trim() }),
  );
  const program = await Program.start(
    bin('workerd'),
    ['serve', join(folder, 'config.capnp'), '--control-fd=1', ...flags],
    {
      ready: (line) => (line.includes('"event":"listen"') ? portOf(line) : undefined),
    },
  );
  return {
    url: `http://127.0.0.1:${program.ready.port}`,
    program,
    stop: async () => {
      // It would wait for its long poll.
      await program.stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const portOf = (line: string): Record<string, string> => ({
  port: String((JSON.parse(line) as { port: number }).port),
});

const scripts = new Map<Role, string>();

/** The script of a role, bundled once. */
function scriptOf(role: Role): string {
  let text = scripts.get(role);
  if (text === undefined) {
    const { folder, script } = bundle(role);
    text = readFileSync(script, 'utf8');
    rmSync(folder, { recursive: true });
    scripts.set(role, text);
  }
  return text;
}

function configOf(role: Role, folder: string, { PORT = '0', GOSSAMER_COUNTERS, ...variables }: Variables): string {
  const { compatibility_date, compatibility_flags } = jsonc(readFileSync(`${ROOT}/${wranglerConfig(role)}`, 'utf8'));
  const bindings = Object.entries(variables).map(
    ([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`,
  );
  // Redis is not for Workers: a router that is to have a counter store gets the objects that it brings itself.
  const counting = role === 'router' && GOSSAMER_COUNTERS !== undefined;
  if (counting) bindings.push('(name = "GOSSAMER_COUNTERS", durableObjectNamespace = "Counters")');
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "main", esModule = embed "${role}.js")],
      compatibilityDate = ${JSON.stringify(compatibility_date)},
      compatibilityFlags = ${JSON.stringify(compatibility_flags)},
      bindings = [${bindings.join(', ')}],${counting ? OBJECTS : ''}
    )),
${counting ? `    (name = "objects", disk = (path = "${folder}", writable = true)),\n` : ''}    (name = "internet", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${PORT}", http = (), service = "main")],
);
`;
}

const OBJECTS = `
      durableObjectNamespaces = [(className = "Counters", uniqueKey = "counters", enableSql = true)],
      durableObjectStorage = (localDisk = "objects"),`;

/** JSON with line comments is YAML once they are gone. */
const jsonc = (text: string): { compatibility_date: string; compatibility_flags: string[] } =>
  parse(text.replace(/^\s*\/\/.*$/gm, ''));
