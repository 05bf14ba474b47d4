#!/usr/bin/env node
// Plain JavaScript on purpose: npm may run this on any Node from 20 on, while the sources need the pinned one.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const pinned = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);

// Halves the start of every command, and of the worker that `dev` becomes. In node_modules, so that `npm ci` clears it.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/gossamer', import.meta.url));

/** From 24.12 on, Node runs TypeScript sources without a flag or a warning. */
if (major > 24 || (major === 24 && minor >= 12)) {
  module.enableCompileCache();
  await import(main);
} else if (existsSync(pinned)) {
  const child = spawn(pinned, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal signals the whole group, so the child has that SIGINT already; a signal to this process alone goes on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
} else {
  console.error(`gossamer: Node ${process.versions.node} is too old and the pinned one is not installed.`);
  console.error('Run `npm ci` in the checkout first (with install scripts allowed).');
  process.exitCode = 1;
}
