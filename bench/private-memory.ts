import { readFileSync } from 'node:fs';
import { processesOf } from '../test/blackbox/process.ts';
import type { Member } from '../test/blackbox/runtimes.ts';

const SAMPLES = 9;
/** Between two samples, milliseconds: the collector works in between. */
const PAUSE = 500;

/**
 * Memory of a router that nobody else has, sampled while it rests, in megabytes. Pages of the program file and of
 * libraries are shared by all routers of a machine and do not count.
 */
export async function privateMegabytes({ program }: Member): Promise<number[]> {
  const samples: number[] = [];
  for (let n = 0; n < SAMPLES; n++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    const pids = processesOf(program.child.pid as number);
    samples.push(pids.reduce((sum, pid) => sum + privateKilobytes(pid), 0) * 1.024e-3);
  }
  return samples;
}

function privateKilobytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return [...text.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)].reduce((sum, [, kb]) => sum + Number(kb), 0);
}
