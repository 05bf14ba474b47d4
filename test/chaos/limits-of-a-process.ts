import { spawnSync } from 'node:child_process';
import type { Program } from '../blackbox/process.ts';

/** Bounds the size of any file that a running program writes: beyond it writing fails, as on a disk that fails. */
export function limitFileSize(program: Program, bytes: number | 'unlimited'): void {
  // The soft limit only: that may be lifted again without being root.
  const args = ['--pid', String(program.child.pid), `--fsize=${bytes}:`];
  const run = spawnSync('prlimit', args, { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`prlimit ${args.join(' ')}: ${run.error?.message ?? run.stderr}`);
}
