import { readFileSync } from 'node:fs';
import { processesOf } from '../blackbox/process.ts';
import type { Member } from '../blackbox/runtimes.ts';

const PAGE = 4096;
/** Ticks of the kernel a second, as process times are counted. */
const TICKS = 100;

/** Of the runtime itself: `wrangler dev` in front of workerd is a tool of development. */
function processes(runtime: string, { program }: Member): number[] {
  return processesOf(program.child.pid as number).filter((pid) => runtime !== 'workerd' || nameOf(pid) === 'workerd');
}

export const residentMegabytes = (runtime: string, member: Member): number =>
  Math.round((sum(processes(runtime, member), (pid) => Number(read(pid, 'statm').split(' ')[1] ?? 0)) * PAGE) / 1e5) /
  10;

/** Seconds of processor time so far. */
export const processorSeconds = (runtime: string, member: Member): number =>
  sum(processes(runtime, member), (pid) => {
    // User and system time are the 14th and 15th field; the command in parentheses may hold spaces.
    const fields = read(pid, 'stat').split(') ').at(-1)?.split(' ') ?? [];
    return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }) / TICKS;

const nameOf = (pid: number): string => read(pid, 'comm').trim();

const sum = (pids: readonly number[], of: (pid: number) => number): number =>
  pids.reduce((total, pid) => total + of(pid), 0);

/** Empty once the process has ended. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
