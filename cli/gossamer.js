#!/usr/bin/env node
// Plain JavaScript on purpose: npm may run this on any Node from 20 on, while the sources need the pinned one.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const pinned = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);

/** From 24.12 on, Node runs TypeScript sources without a flag or a warning. */
const runsSources = major > 24 || (major === 24 && minor >= 12);

// Halves the start of every command, and of the worker that `dev` becomes. In node_modules, so that `npm ci` clears it.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/gossamer', import.meta.url));

/** Runs the command line as a child that does not outlive this process. */
function supervise(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal signals the whole group, so the child has that SIGINT already; a signal to this process alone goes on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  // npx that is told to end takes its shell along, but not what the shell started: notice that the parent is gone.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 250);
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

if (runsSources && process.env.npm_execpath === undefined) {
  module.enableCompileCache();
  await import(main);
} else if (runsSources || existsSync(pinned)) {
  supervise(runsSources ? process.execPath : pinned);
} else {
  console.error(`gossamer: Node ${process.versions.node} is too old and the pinned one is not installed.`);
  console.error('Run `npm ci` in the checkout first (with install scripts allowed).');
  process.exitCode = 1;
}
