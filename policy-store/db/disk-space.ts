import { statfs } from 'node:fs/promises';

/** Bytes that a change may need: a new segment of the log is 16 MiB, and the tables grow beside it. */
const NEEDED = 48 * 1024 * 1024;

/** Whether a database in this folder may be written to. A folder that tells nothing counts as one with room. */
export async function hasRoom(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize >= NEEDED;
  } catch {
    return true;
  }
}

export const noRoom = (folder: string): string =>
  `The disk of the data folder ${folder} is full (under ${NEEDED / 1024 / 1024} MiB left).`;
