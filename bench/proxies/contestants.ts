import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from '../../test/blackbox/process.ts';
import { RUNTIMES, type Runtime } from '../../test/blackbox/runtimes.ts';
import { envoyConfig } from './envoy.ts';
import { readyUrl } from './ready.ts';
import { haproxyConfig, nginxConfig } from './static-configs.ts';
import { startWorker } from './worker.ts';

/** Something that passes requests on. */
export interface Running {
  readonly url: string;
  readonly program: Program;
  stop(): Promise<void>;
}

export interface World {
  /** `http://127.0.0.1:port`, twice the same service; who takes one gets the first. */
  readonly upstreams: readonly [string, string];
  /** `router-join.json` of the mesh. */
  readonly joinFile: string;
  /** Public keys of the tokens that the peers check. */
  readonly jwks: { readonly keys: readonly object[] };
}

export interface Contestant {
  readonly name: string;
  readonly kind: 'gossamer' | 'bare' | 'peer';
  /** Machine code from the start: it needs no warm-up. */
  readonly native?: boolean;
  /** Why it can not take part here; undefined: it can. */
  missing(): string | undefined;
  start(world: World): Promise<Running>;
}

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name);

/** Ourselves, with the whole default policy. Nobody here writes a line for each request, but who says so. */
const gossamer: Contestant[] = [
  ...RUNTIMES.map((runtime) => ownOn(runtime, `gossamer on ${runtime.name}`, 'refused')),
  ...RUNTIMES.slice(0, 1).map((runtime) => ownOn(runtime, `with access lines, ${runtime.name}`, 'all')),
];

function ownOn(runtime: Runtime, name: string, lines: string): Contestant {
  return {
    name,
    kind: 'gossamer',
    missing: () => undefined,
    start: ({ joinFile }) => runtime.start('router', joinFile, { GOSSAMER_ACCESS_LOG: lines }),
  };
}

const bare: Contestant[] = [
  script('bare node', process.execPath, join(HERE, 'bare/node.js')),
  script('bare deno', bin('deno'), 'run', '-A', '--quiet', join(HERE, 'bare/deno.js')),
  script('bare bun', bin('bun'), join(HERE, 'bare/bun.js')),
  worker('bare workerd', ['bare/worker.js']),
  script('fields on deno', bin('deno'), 'run', '-A', '--quiet', join(HERE, 'bare/deno-fields.js')),
  script('fields on bun', bin('bun'), join(HERE, 'bare/bun-fields.js')),
  worker('fields on workerd', ['bare/fields.js', 'bare/worker-fields.js'], ['enable_request_signal']),
];

function script(name: string, command: string, ...args: string[]): Contestant {
  return {
    name,
    kind: 'bare',
    missing: () => undefined,
    start: (world) => run(command, args, world),
  };
}

/** @param files parts of one module */
function worker(name: string, files: readonly string[], flags: readonly string[] = []): Contestant {
  const text = (): string => files.map((file) => readFileSync(join(HERE, file), 'utf8')).join('\n');
  return {
    name,
    kind: 'bare',
    missing: () => undefined,
    start: ({ upstreams: [upstream] }) => startWorker(text(), upstream, flags),
  };
}

const PEERS = fileURLToPath(new URL('../peers/', import.meta.url));

const libraries: Contestant[] = ['reply-from', 'http-proxy', 'httpxy'].map((name) => ({
  name,
  kind: 'peer',
  missing: () => (existsSync(join(PEERS, 'node_modules')) ? undefined : 'run `npm ci --prefix bench/peers`'),
  start: (world) => run(process.execPath, [join(PEERS, `${name}.js`)], world),
}));

const servers: Contestant[] = [
  configured(
    'haproxy',
    () => which('haproxy'),
    haproxyConfig,
    (file) => ['-f', file],
  ),
  configured(
    'nginx',
    () => which('nginx'),
    nginxConfig,
    (file) => ['-c', file],
  ),
  configured(
    'envoy',
    () => process.env.ENVOY_BIN,
    envoyConfig,
    (file) => ['-c', file, '--concurrency', '1', '-l', 'error'],
  ),
];

export const CONTESTANTS: readonly Contestant[] = [...gossamer, ...bare, ...libraries, ...servers];

async function run(command: string, args: readonly string[], { upstreams: [upstream] }: World): Promise<Running> {
  const program = await Program.start(command, args, { ready: readyUrl, env: { UPSTREAM: upstream, NO_COLOR: '1' } });
  return { url: program.ready.url as string, program, stop: async () => void (await program.stop('SIGKILL')) };
}

/** A server that takes its port from a file. */
function configured(
  name: string,
  find: () => string | undefined,
  configOf: (world: World, folder: string) => Promise<{ text: string; port: number }>,
  args: (file: string) => string[],
): Contestant {
  return {
    name,
    kind: 'peer',
    native: true,
    missing: () =>
      find() === undefined ? `${name} is not installed${name === 'envoy' ? ' (ENVOY_BIN)' : ''}` : undefined,
    start: async (world) => {
      const folder = mkdtempSync(join(tmpdir(), 'gossamer-bench-'));
      const { text, port } = await configOf(world, folder);
      const file = join(folder, `${name}.conf`);
      writeFileSync(file, text);
      const url = `http://127.0.0.1:${port}`;
      const program = await Program.start(
        'sh',
        ['-c', 'echo started; exec "$@"', name, find() as string, ...args(file)],
        {
          ready: (line) => (line === 'started' ? {} : undefined),
        },
      );
      await answers(url, program);
      return stopping(url, program, folder);
    },
  };
}

const stopping = (url: string, program: Program, folder: string): Running => ({
  url,
  program,
  stop: async () => {
    await program.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  },
});

/** Until it takes connections. */
export async function answers(url: string, program: Program): Promise<void> {
  for (let n = 0; n < 200; n++) {
    if (program.child.exitCode !== null) break;
    const there = await fetch(url).then(
      () => true,
      () => false,
    );
    if (there) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer:\n${program.lines.join('\n')}`);
}

function which(name: string): string | undefined {
  const found = spawnSync('sh', ['-c', `command -v ${name} || ls /usr/sbin/${name}`], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim().split('\n')[0] : undefined;
}
