import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreStartError } from '../refusal.ts';

interface Holder {
  readonly pid: number;
  /** Tells a process from a later one of the same pid; empty where the system does not say. */
  readonly started: string;
}

/**
 * Makes this process the only one on a data folder, before anything is opened in it: PGlite has no lock of its own, and
 * two processes on one folder lose acknowledged writes. The lock of a process that died is taken over.
 * Processes in different containers do not see each other's pids: give each its own folder, or use Postgres.
 * @returns gives the folder back
 * @throws StoreStartError when a live process has it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = join(folder, 'lock');
  const mine = JSON.stringify({ pid: process.pid, started: await startOf(process.pid) } satisfies Holder);
  const draft = join(folder, `lock.${randomUUID()}`);
  await writeFile(draft, mine, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      // A link either makes the lock, whole, or fails because there is one: no moment with a half-written lock.
      if (await linked(draft, lock)) return () => release(lock, mine);
      await takeFromTheDead(lock, folder);
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new StoreStartError(`Could not lock ${folder}: other processes keep taking it. Try again.`);
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function takeFromTheDead(lock: string, folder: string): Promise<void> {
  const text = await readIfThere(lock);
  if (text === undefined) return;
  const holder = parseHolder(text);
  if (holder && (await isAlive(holder))) {
    throw new StoreStartError(
      `The data folder ${folder} is in use by process ${holder.pid}. Stop that process, or choose another folder with --data.`,
    );
  }
  const aside = `${lock}.${randomUUID()}`;
  try {
    await rename(lock, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  // Another process may have taken the dead lock between the read and the rename: then this is its lock, give it back.
  if ((await readIfThere(aside)) !== text) await linked(aside, lock);
  await rm(aside, { force: true });
}

async function release(lock: string, mine: string): Promise<void> {
  if ((await readIfThere(lock)) === mine) await rm(lock, { force: true });
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
