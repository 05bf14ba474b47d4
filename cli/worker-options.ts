import { CliError } from './cli-error.ts';
import { isConfigModule } from './config-module.ts';
import type { CliContext } from './context.ts';
import { switchFlag, textFlag } from './flags.ts';

/** Where the policy store keeps its data. */
export interface StorageFlags {
  readonly data?: string | undefined;
  readonly memory?: boolean | undefined;
  readonly databaseUrl?: string | undefined;
}

export const storageFlags = {
  data: textFlag('Folder for everything that is kept (.gossamer)', 'DIR'),
  memory: switchFlag('Keep nothing on disk'),
  databaseUrl: textFlag('Postgres in place of the embedded database', 'postgres://...'),
} as const;

export const hostFlag = textFlag('Address to listen on (127.0.0.1)', 'HOST');
export const logFlag = {
  kind: 'enum',
  values: ['json', 'pretty'],
  optional: true,
  brief: 'Form of the log (pretty on a terminal, else json)',
} as const;

/** The ports that each program listens on, unless a flag says otherwise. */
const PORTS = {
  dev: { gatewayPort: 8080, routerPort: 8081, adminPort: 8082 },
  'policy-store': { adminPort: 8082 },
  router: { routerPort: 8081 },
  gateway: { gatewayPort: 8080 },
} as const;

interface WorkerFlags extends StorageFlags {
  readonly file?: readonly string[] | undefined;
  readonly gatewayPort?: number | undefined;
  readonly routerPort?: number | undefined;
  readonly adminPort?: number | undefined;
  readonly opsPort?: number | undefined;
  readonly reusePort?: boolean | undefined;
  readonly host?: string | undefined;
  readonly join?: string | undefined;
  readonly log?: 'json' | 'pretty' | undefined;
  readonly json?: boolean | undefined;
}

/** Becomes the worker program: it takes its options as one JSON text. */
export async function runWorker(context: CliContext, command: keyof typeof PORTS, flags: WorkerFlags): Promise<void> {
  if (flags.memory && (flags.data !== undefined || flags.databaseUrl !== undefined)) {
    throw new CliError('usage', '--memory keeps nothing: it goes with neither --data nor --database-url', {
      exitCode: 2,
    });
  }
  const program = flags.file?.find(isConfigModule);
  if (program !== undefined) {
    throw new CliError('usage', `${program} is a program; ${command} starts with documents only`, {
      next: `Start it without the file, then \`gossamer apply -f ${program}\`.`,
      exitCode: 2,
    });
  }
  const { file, json, log, host, data, memory, ...rest } = flags;
  const options = {
    command,
    host: host ?? '127.0.0.1',
    ...PORTS[command],
    data: data ?? '.gossamer',
    memory: memory ?? false,
    log: log ?? (json || context.process.stdout.isTTY !== true ? 'json' : 'pretty'),
    files: file ?? [],
    ...definedOnly(rest),
  };
  context.outcome = await context.replaceProcess('workers/node/main.ts', [JSON.stringify(options)]);
}

const definedOnly = (members: object): object =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
