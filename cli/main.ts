import { spawn } from 'node:child_process';
import { flushCompileCache, registerHooks } from 'node:module';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from './application.ts';
import type { CliContext } from './context.ts';
import { V8_FLAGS } from './v8-flags.ts';

/** Signals that a child in place of this process has to get. */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Becomes `program`: same process, same signals, nothing in between. Falls back to a child where exec is missing. */
async function replaceProcess(program: string, args: readonly string[]): Promise<number> {
  const path = fileURLToPath(new URL(`../${program}`, import.meta.url));
  if (typeof process.execve === 'function') {
    // The cache is written when a process ends, and this one never does.
    flushCompileCache();
    process.execve(process.execPath, [process.execPath, ...V8_FLAGS, path, ...args], process.env);
  }
  const child = spawn(process.execPath, [...V8_FLAGS, path, ...args], { stdio: 'inherit' });
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** `gossamer/config` is this package wherever the config file lies; a `gossamer` installed beside the file wins. */
function importModule(url: string): Promise<Record<string, unknown>> {
  registerHooks({
    resolve: (specifier, hook, next) => {
      try {
        return next(specifier, hook);
      } catch (thrown) {
        if (!specifier.startsWith('gossamer/')) throw thrown;
        return next(specifier, { ...hook, parentURL: import.meta.url });
      }
    },
  });
  return import(url);
}

const context: CliContext = {
  // stricli leaves its own exit code in `exitCode`; ours is set once, at the end.
  process: { stdout: process.stdout, stderr: process.stderr, env: process.env },
  cwd: process.cwd(),
  fetch,
  readStdin: () => text(process.stdin),
  importModule,
  replaceProcess,
  now: Date.now,
  outcome: 0,
};

// A reader that went away (`gossamer get routes | head -1`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCommandLine(process.argv.slice(2), context);
