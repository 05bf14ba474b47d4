import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { V8_FLAGS } from '../../cli/v8-flags.ts';
import { jsonReady, Program, ROOT } from './process.ts';
import { startWorkerd } from './workerd.ts';

export type Role = 'router' | 'gateway';
export type Variables = Readonly<Record<string, string>>;

/** A router or gateway in a real runtime. */
export interface Member {
  readonly url: string;
  readonly program: Program;
  stop(): Promise<void>;
}

export interface Runtime {
  readonly name: 'node' | 'deno' | 'bun' | 'workerd';
  /**
   * @param joinFile router-join.json of the policy store
   * @param env variables of the program; `PORT` to listen on, any free one when absent
   * @param flags of the runtime itself
   */
  start(role: Role, joinFile: string, env?: Variables, flags?: readonly string[]): Promise<Member>;
  /** Host reaches the upstream as it was addressed. */
  readonly sendsHost: boolean;
  /** The Connection header of a request is there to be read. */
  readonly seesConnection: boolean;
  /** It tells a refused connection from one that broke off. */
  readonly knowsRefused: boolean;
  /** The request target comes as it was sent. */
  readonly seesRawPaths: boolean;
  /** It takes HTTP/2 with prior knowledge. */
  readonly takesH2c: boolean;
  /** It sends HTTP/2, and trailers. */
  readonly carriesGrpc: boolean;
  /** It notices at once when a client closes its connection in good order, not only when it resets it. */
  readonly seesFin: boolean;
}

const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name);

const faithful = {
  sendsHost: true,
  seesConnection: true,
  knowsRefused: true,
  seesRawPaths: true,
  seesFin: true,
  takesH2c: true,
  carriesGrpc: true,
};

const onFetch = { ...faithful, carriesGrpc: false };

async function startNode(
  role: Role,
  joinFile: string,
  { PORT = '0', ...env }: Variables = {},
  flags: readonly string[] = [],
): Promise<Member> {
  const data = mkdtempSync(join(tmpdir(), 'gossamer-blackbox-'));
  const options = JSON.stringify({ command: role, join: joinFile, data, [`${role}Port`]: Number(PORT) });
  const program = await Program.start(process.execPath, [...V8_FLAGS, ...flags, 'workers/node/main.ts', options], {
    ready: jsonReady,
    env,
  });
  return {
    url: program.ready[role] as string,
    program,
    stop: async () => {
      await program.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function startServer(
  [command, ...args]: readonly [string, ...string[]],
  role: Role,
  joinFile: string,
  more: Variables = {},
): Promise<Member> {
  const env = { PORT: '0', ...more, GOSSAMER_JOIN: readFileSync(joinFile, 'utf8'), NO_COLOR: '1' };
  const program = await Program.start(bin(command), args, { ready: jsonReady, env });
  return { url: program.ready[role] as string, program, stop: async () => void (await program.stop()) };
}

export const ALL_RUNTIMES: readonly Runtime[] = [
  { name: 'node', start: startNode, ...faithful },
  {
    name: 'deno',
    start: (role, file, env, flags = []) =>
      startServer(
        ['deno', 'run', '-A', '--quiet', `--v8-flags=${V8_FLAGS.join(',')}`, ...flags, `workers/deno/${role}.ts`],
        role,
        file,
        env,
      ),
    ...onFetch,
  },
  {
    name: 'bun',
    start: (role, file, env, flags = []) =>
      startServer(['bun', ...flags, `workers/bun/${role}.ts`], role, file, {
        BUN_CONFIG_MAX_HTTP_REQUESTS: '65535',
        ...env,
      }),
    ...onFetch,
    takesH2c: false,
    seesRawPaths: false,
  },
  {
    name: 'workerd',
    start: startWorkerd,
    ...onFetch,
    takesH2c: false,
    sendsHost: false,
    seesConnection: false,
    knowsRefused: false,
    seesFin: false,
  },
];

/** `BLACKBOX_RUNTIMES=node,bun` runs the suite on these alone. */
export const RUNTIMES = ALL_RUNTIMES.filter(({ name }) =>
  (process.env.BLACKBOX_RUNTIMES ?? name).split(',').includes(name),
);
