import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Whether load and proxies can be kept on processors of their own. */
export const placed = availableParallelism() > 1 && spawnSync('taskset', ['-V']).error === undefined;

const EVERY = `0-${availableParallelism() - 1}`;

/** This process and all that it starts from now on: load, upstream, policy store. @returns undoes it for this process */
export function placeLoad(): () => void {
  place(process.pid, '0');
  return () => place(process.pid, EVERY);
}

/** One proxy, with all its threads. @param pids of its processes */
export function placeProxy(pids: readonly number[]): void {
  for (const pid of pids) place(pid, '1');
}

function place(pid: number, processors: string): void {
  if (placed) spawnSync('taskset', ['-a', '-c', '-p', processors, String(pid)]);
}
