import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const launcher = fileURLToPath(new URL('../../cli/gossamer.js', import.meta.url));

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A program that runs as a process group of its own, with everything that it prints. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #out = '';
  #err = '';
  readonly #lines: { matches: (line: string) => boolean; found: (line: string) => void }[] = [];

  constructor(
    command: string,
    args: readonly string[],
    options: { cwd: string; env?: Record<string, string>; stdin?: string },
  ) {
    const { cwd, env = {}, stdin } = options;
    this.child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: 'pipe', detached: true });
    this.child.stdin?.end(stdin ?? '');
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.#err += chunk;
    });
    const lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => {
      this.#out += `${line}\n`;
      for (const waiting of this.#lines) if (waiting.matches(line)) waiting.found(line);
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => resolve({ code, signal, out: this.#out, err: this.#err }));
    });
  }

  /** The first line of standard output from now on that has `text` in it. */
  async line(text: string): Promise<string> {
    const found = new Promise<string>((resolve) =>
      this.#lines.push({ matches: (line) => line.includes(text), found: resolve }),
    );
    const early = this.ended.then(({ code, err }): never => {
      throw new Error(`it ended with ${code} before printing ${text}: ${err}`);
    });
    return Promise.race([found, early]);
  }

  /** To every process of the group, as a terminal does. */
  signalGroup(signal: NodeJS.Signals): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch {
      // Nobody is left.
    }
  }
}

/** Runs the command line to its end. */
export function gossamer(
  args: string,
  options: { cwd: string; env?: Record<string, string>; stdin?: string },
): Promise<Ended> {
  return new Program(process.execPath, [launcher, ...args.split(' ')], options).ended;
}
