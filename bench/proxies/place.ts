import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Whether load and proxies can be kept on processors of their own. */
export const placed = availableParallelism() > 1 && spawnSync('taskset', ['-V']).error === undefined;

const EVERY = `0-${availableParallelism() - 1}`;

/** What belongs to the load, and all that it starts from now on: this process, upstream, policy store. @returns undoes it */
export function placeLoad(pid: number): () => void {
  place(pid, '0');
  return () => place(pid, EVERY);
}

/** One proxy, with all its threads. @param pids of its processes */
export function placeProxy(pids: readonly number[]): void {
  for (const pid of pids) place(pid, '1');
}

function place(pid: number, processors: string): void {
  if (placed) spawnSync('taskset', ['-a', '-c', '-p', processors, String(pid)]);
}
