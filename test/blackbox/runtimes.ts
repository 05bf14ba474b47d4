import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonReady, Program, ROOT } from './process.ts';

export type Role = 'router' | 'gateway';

/** A router or gateway in a real runtime. */
export interface Member {
  readonly url: string;
  readonly program: Program;
  stop(): Promise<void>;
}

export interface Runtime {
  readonly name: 'node' | 'deno' | 'bun' | 'workerd';
  /** @param joinFile router-join.json of the policy store */
  start(role: Role, joinFile: string): Promise<Member>;
  /** Host reaches the upstream as it was addressed. */
  readonly sendsHost: boolean;
  /** Compressed bodies go through as they are. */
  readonly passesCodings: boolean;
  /** It tells a refused connection from one that broke off. */
  readonly knowsRefused: boolean;
  /** The request target comes as it was sent. */
  readonly seesRawPaths: boolean;
  /** Host may be anything: nothing sits in front that reads it. */
  readonly takesAnyHost: boolean;
}

const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name);

const faithful = {
  sendsHost: true,
  passesCodings: true,
  knowsRefused: true,
  seesRawPaths: true,
  takesAnyHost: true,
};

async function startNode(role: Role, joinFile: string): Promise<Member> {
  const data = mkdtempSync(join(tmpdir(), 'gossamer-blackbox-'));
  const options = JSON.stringify({ command: role, join: joinFile, data });
  const program = await Program.start(process.execPath, ['workers/node/main.ts', options], { ready: jsonReady });
  return {
    url: program.ready[role] as string,
    program,
    stop: async () => {
      await program.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function startServer(command: string, args: string[], role: Role, joinFile: string): Promise<Member> {
  const env = { GOSSAMER_JOIN: readFileSync(joinFile, 'utf8'), PORT: '0', NO_COLOR: '1' };
  const program = await Program.start(bin(command), args, { ready: jsonReady, env });
  return { url: program.ready[role] as string, program, stop: async () => void (await program.stop()) };
}

async function startWorkerd(role: Role, joinFile: string): Promise<Member> {
  const state = mkdtempSync(join(tmpdir(), 'gossamer-workerd-'));
  const config = `workers/cloudflare/${role === 'router' ? '' : 'gateway.'}wrangler.jsonc`;
  const port = await freePort();
  const flags = ['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0', '--persist-to', state];
  const variable = `GOSSAMER_JOIN:${readFileSync(joinFile, 'utf8').trim()}`;
  const program = await Program.start(bin('wrangler'), ['dev', '-c', config, ...flags, '--var', variable], {
    ready: (line) => (line.includes('Ready on http') ? {} : undefined),
    env: { WRANGLER_SEND_METRICS: 'false', CI: '1', NO_COLOR: '1' },
  });
  return {
    url: `http://127.0.0.1:${port}`,
    program,
    stop: async () => {
      await program.stop();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export const RUNTIMES: readonly Runtime[] = [
  { name: 'node', start: startNode, ...faithful },
  {
    name: 'deno',
    start: (role, file) => startServer('deno', ['run', '-A', '--quiet', `workers/deno/${role}.ts`], role, file),
    ...faithful,
    passesCodings: false,
  },
  {
    name: 'bun',
    start: (role, file) => startServer('bun', [`workers/bun/${role}.ts`], role, file),
    ...faithful,
    seesRawPaths: false,
  },
  {
    name: 'workerd',
    start: startWorkerd,
    sendsHost: false,
    passesCodings: true,
    knowsRefused: false,
    // `wrangler dev` puts a proxy in front, which reads the URL.
    seesRawPaths: false,
    takesAnyHost: false,
  },
].filter(({ name }) => (process.env.BLACKBOX_RUNTIMES ?? name).split(',').includes(name)) as Runtime[];
