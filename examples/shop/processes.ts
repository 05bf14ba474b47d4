import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How long a child may take to stop before it is killed. */
const STOP_MS = 12_000;
/** Lines of a child's errors that are shown when it ends unexpectedly. */
const TAIL_LINES = 15;

/** The processes of one run: started together, stopped together. */
export class Processes {
  readonly #children = new Map<ChildProcess, { name: string; tail: string[] }>();
  readonly #onLoss: (message: string) => void;
  #stopping = false;

  /** @param onLoss a child ended that should not have */
  constructor(onLoss: (message: string) => void) {
    this.#onLoss = onLoss;
  }

  /**
   * Runs a program with this Node.
   * @param onLine gets every line of its standard output
   */
  start(
    name: string,
    args: readonly string[],
    env: Record<string, string>,
    onLine?: (line: string) => void,
  ): ChildProcess {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const kept = { name, tail: [] as string[] };
    this.#children.set(child, kept);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        kept.tail.push(line);
        if (kept.tail.length > TAIL_LINES) kept.tail.shift();
        if (stream === child.stdout) onLine?.(line);
      });
    }
    child.once('exit', (code, signal) => {
      this.#children.delete(child);
      // Ctrl-C reaches children and parent at once: give our own signal the time to arrive before calling it a loss.
      setTimeout(() => {
        if (this.#stopping) return;
        this.#onLoss(`${name} ended with ${signal ?? code}:\n${kept.tail.map((line) => `  ${line}`).join('\n')}`);
      }, 300);
    });
    return child;
  }

  /** Asks every child to stop, and resolves when all are gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const children = [...this.#children.keys()];
    await Promise.all(children.map(stopOne));
  }
}

function stopOne(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
