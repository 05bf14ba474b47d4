import type { CommandContext } from '@stricli/core';

/** A stream that the command line writes to. */
export interface Output {
  write(text: string): void;
  readonly isTTY?: boolean | undefined;
}

/** All that a command touches of the world: a test hands in its own. */
export interface CliContext extends CommandContext {
  readonly process: {
    readonly stdout: Output;
    readonly stderr: Output;
    readonly env: Readonly<Record<string, string | undefined>>;
    exitCode?: number | string | null;
  };
  /** Relative paths start here. */
  readonly cwd: string;
  readonly fetch: typeof fetch;
  /** Everything on standard input. */
  readStdin(): Promise<string>;
  /** Runs a module and gives what it exports. @param url `file:` URL */
  importModule(url: string): Promise<Record<string, unknown>>;
  /**
   * Runs `program` (a path inside the checkout) in place of this process.
   * @returns its exit code, where a process can not be replaced
   */
  replaceProcess(program: string, args: readonly string[]): Promise<number>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** What the process ends with when nothing was thrown: `diff` sets it. */
  outcome: number;
}
