import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Finds in the output that it is ready; what it returns is kept as `ready`. */
  readonly ready: (line: string) => Record<string, string> | undefined;
}

const running = new Set<Program>();

/** For the end of a test file: whatever a failed test has left behind. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((program) => program.stop('SIGKILL')));
}

/** A program under test, in a process group of its own, so that nothing of it outlives the test. */
export class Program {
  readonly child: ChildProcess;
  /** All lines so far, of both outputs. */
  readonly lines: string[] = [];
  ready: Readonly<Record<string, string>> = {};

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  static async start(command: string, args: readonly string[], options: StartOptions): Promise<Program> {
    const child = spawn(command, args, {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    });
    const program = new Program(child);
    running.add(program);
    child.once('exit', () => running.delete(program));
    program.ready = await program.#firstReady(options.ready);
    return program;
  }

  /** It gets no processor until `go`. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  go(): void {
    this.#signal('SIGCONT');
  }

  /** Ends it as an operator would. @returns its exit code */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      this.#signal(signal);
      await exited;
    }
    return this.child.exitCode;
  }

  #firstReady(find: StartOptions['ready']): Promise<Record<string, string>> {
    return new Promise((resolve, reject) => {
      const take = (line: string): void => {
        this.lines.push(line);
        if (this.lines.length > 5_000) this.lines.shift();
        const ready = find(line);
        if (ready !== undefined) resolve(ready);
      };
      for (const stream of [this.child.stdout, this.child.stderr]) onLine(stream, take);
      this.child.once('error', reject);
      this.child.once('exit', (code) => reject(new Error(`ended with ${code}:\n${this.lines.slice(-20).join('\n')}`)));
    });
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-(this.child.pid as number), signal);
    } catch {
      // It has ended already.
    }
  }
}

function onLine(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
}

/** The ready line of our own programs. */
export function jsonReady(line: string): Record<string, string> | undefined {
  return line.includes('"event":"ready"') ? (JSON.parse(line) as Record<string, string>) : undefined;
}

/** All processes of the group that a program leads. */
export function processesOf(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => groupOf(pid) === group);
}

function groupOf(pid: number): number | undefined {
  try {
    // The command in parentheses may hold spaces: state, parent and group follow it.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[2]);
  } catch {
    return undefined;
  }
}
