import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreStartError } from '../refusal.ts';

interface Holder {
  readonly pid: number;
  /** Tells a process from a later one of the same pid; empty where the system does not say. */
  readonly started: string;
}

/** Nobody: what a holder leaves behind. */
const RELEASED = JSON.stringify({ pid: 0, started: '' } satisfies Holder);

/**
 * Makes this process the only one on a data folder, before anything is opened in it: PGlite has no lock of its own, and
 * two processes on one folder lose acknowledged writes. The lock of a process that died is taken over.
 *
 * The lock is the file `lock.<n>` with the largest n. Numbers only grow: of several processes that find the lock of a
 * dead one, exactly one can make the next. Processes in different containers do not see each other's pids: give each
 * its own folder, or use Postgres.
 * @returns gives the folder back
 * @throws StoreStartError when a live process has it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const mine = JSON.stringify({ pid: process.pid, started: await startOf(process.pid) } satisfies Holder);
  for (;;) {
    const last = Math.max(0, ...(await numbersIn(folder)));
    await refuseLiveHolder(folder, last);
    const number = last + 1;
    if (!(await makeLock(folder, number, mine))) continue;
    const numbers = await numbersIn(folder);
    if (Math.max(...numbers) > number) {
      // What was read was of the past: others made, and gave back, this number and later ones.
      await rm(pathOf(folder, number), { force: true });
      continue;
    }
    for (const old of numbers) if (old < number) await rm(pathOf(folder, old), { force: true });
    return () => replace(folder, number, RELEASED);
  }
}

const pathOf = (folder: string, number: number): string => join(folder, `lock.${number}`);

async function numbersIn(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => (/^lock\.\d{1,15}$/.test(name) ? [Number(name.slice(5))] : []));
}

/** @returns false when the number was taken. A link makes the file whole: there is no half-written lock to be read. */
async function makeLock(folder: string, number: number, text: string): Promise<boolean> {
  const draft = await writeDraft(folder, text);
  try {
    await link(draft, pathOf(folder, number));
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function replace(folder: string, number: number, text: string): Promise<void> {
  await rename(await writeDraft(folder, text), pathOf(folder, number));
}

async function writeDraft(folder: string, text: string): Promise<string> {
  const draft = join(folder, `lock-${randomUUID()}`);
  await writeFile(draft, text, { mode: 0o600 });
  return draft;
}

async function refuseLiveHolder(folder: string, number: number): Promise<void> {
  const text = await readIfThere(pathOf(folder, number));
  const holder = text === undefined ? undefined : parseHolder(text);
  if (holder && (await isAlive(holder))) {
    throw new StoreStartError(
      `The data folder ${folder} is in use by process ${holder.pid}. Stop that process, or choose another folder with --data.`,
    );
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('started' in value)) return undefined;
    const { pid, started } = value;
    return Number.isInteger(pid) && typeof started === 'string' ? { pid: Number(pid), started } : undefined;
  } catch {
    return undefined;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  // Signal 0 to 0 would ask for our own process group.
  if (holder.pid <= 0) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (!isCode(error, 'EPERM')) return false;
  }
  const started = await startOf(holder.pid);
  return started === '' || holder.started === '' || started === holder.started;
}

/** Boot and start time of a process on Linux; empty elsewhere, where the pid alone has to do. */
async function startOf(pid: number): Promise<string> {
  const stat = await readIfThere(`/proc/${pid}/stat`);
  const boot = await readIfThere('/proc/sys/kernel/random/boot_id');
  // Fields are counted after the command name, which may hold blanks and parentheses; start time is the 20th from there.
  const ticks = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return ticks === undefined ? '' : `${boot?.trim() ?? ''}:${ticks}`;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
