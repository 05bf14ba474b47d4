import { StartError } from './start-error.ts';

/** What the program is told, as one JSON text. */
export interface Options {
  readonly command: 'dev' | 'policy-store' | 'router' | 'gateway';
  readonly host: string;
  /** Ports: 0 = any free one. */
  readonly gatewayPort: number;
  readonly routerPort: number;
  readonly adminPort: number;
  readonly opsPort: number;
  /** Others that say so too may listen on the router's or gateway's port at the same time. */
  readonly reusePort: boolean;
  /** Folder for everything that is kept. */
  readonly data: string;
  /** Keep nothing on disk. */
  readonly memory: boolean;
  readonly databaseUrl: string | undefined;
  readonly log: 'json' | 'pretty';
  /** Documents to apply before ready: paths of files and folders, or `-`. */
  readonly files: readonly string[];
  /** Path of a join file. */
  readonly join: string | undefined;
}

const COMMANDS = ['dev', 'policy-store', 'router', 'gateway'] as const;

/** @throws StartError */
export function parseOptions(text: string | undefined): Options {
  const given = membersOf(text);
  const command = COMMANDS.find((name) => name === given.command);
  if (command === undefined) throw new StartError(`command must be one of ${COMMANDS.join(', ')}`);
  return {
    command,
    host: textOf(given, 'host') ?? '127.0.0.1',
    gatewayPort: portOf(given, 'gatewayPort'),
    routerPort: portOf(given, 'routerPort'),
    adminPort: portOf(given, 'adminPort'),
    opsPort: portOf(given, 'opsPort'),
    reusePort: given.reusePort === true,
    data: textOf(given, 'data') ?? '.gossamer',
    memory: given.memory === true,
    databaseUrl: textOf(given, 'databaseUrl'),
    log: given.log === 'pretty' ? 'pretty' : 'json',
    files: Array.isArray(given.files) ? given.files.map(String) : [],
    join: textOf(given, 'join'),
  };
}

function membersOf(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Said below.
  }
  throw new StartError('the options must be one JSON object; start through the command `gossamer`');
}

function textOf(given: Record<string, unknown>, name: string): string | undefined {
  const value = given[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new StartError(`option ${name} must be a text`);
}

function portOf(given: Record<string, unknown>, name: string): number {
  const value = given[name] ?? 0;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new StartError(`option ${name} must be a port (0..65535)`);
}
