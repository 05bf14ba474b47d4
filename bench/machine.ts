import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where it was measured, and by which versions. What is not installed is not named. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  /** GB */
  readonly memory: number;
  readonly kernel: string;
  readonly versions: Readonly<Record<string, string>>;
}

const BINARIES = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));
const PATH = [BINARIES, process.env.PATH ?? '', '/usr/sbin'].join(delimiter);

/** How each of them is asked. */
const ASK: Readonly<Record<string, readonly string[]>> = {
  deno: ['deno', '--version'],
  bun: ['bun', '--version'],
  workerd: ['workerd', '--version'],
  envoy: [process.env.ENVOY_BIN ?? '', '--version'],
  haproxy: ['haproxy', '-v'],
  nginx: ['nginx', '-v'],
  wrk: ['wrk', '-v'],
};

export function machineOf(): Machine {
  const found = Object.entries(ASK).flatMap(([name, [command, ...args]]) => {
    const version = versionOf(command as string, args);
    return version === undefined ? [] : [[name, version]];
  });
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: Math.round(totalmem() / 1e8) / 10,
    kernel: `${process.platform} ${release()}`,
    versions: { node: process.versions.node, ...Object.fromEntries(found), ...peers() },
  };
}

function versionOf(command: string, args: readonly string[]): string | undefined {
  if (command === '') return undefined;
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, PATH } });
  // Envoy puts the digest of its source in front.
  return /\d{4}-\d\d-\d\d(?!\/)|\d+\.\d+\.\d+/.exec(`${stdout ?? ''}${stderr ?? ''}`)?.[0];
}

function peers(): Record<string, string> {
  const file = join(fileURLToPath(new URL('.', import.meta.url)), 'peers/package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { dependencies: Record<string, string> }).dependencies;
}
