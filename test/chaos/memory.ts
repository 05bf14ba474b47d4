import { readFileSync } from 'node:fs';
import { type Program, processesOf } from '../blackbox/process.ts';
import { until } from './conditions.ts';

const PAGE = 4096;

/** Resident memory of a program and of what it has started, bytes. */
export function residentOf(program: Program): number {
  const pages = processesOf(program.child.pid as number).map((pid) => {
    try {
      return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    } catch {
      return 0;
    }
  });
  return pages.reduce((sum, n) => sum + n, 0) * PAGE;
}

/**
 * Warm code is larger than cold code, and V8 takes what it finds handy and gives nothing back without need: under steady load
 * a router on Node goes from 130 MB to 370 within minutes, and stays there for hours.
 */
const FACTOR = 1.5;
const SPARE = 256 * 1024 * 1024;

/**
 * workerd by itself collects later still: under steady load it goes from 120 MB to 580 within two minutes, and stays there. (The
 * platform holds an isolate to 128 MB.)
 */
const SPARE_OF_WORKERD = 640 * 1024 * 1024;

/** Waits until a survivor uses no more than half as much again, and the spare, as it did under the same load before. */
export async function memoryIsBack(program: Program, before: number): Promise<void> {
  const command = program.child.spawnargs.slice(0, 3).join(' ');
  const most = before * FACTOR + (command.includes('workerd') ? SPARE_OF_WORKERD : SPARE);
  await until(`at most ${megabytes(most)} resident: ${command}`, () => residentOf(program) <= most);
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
