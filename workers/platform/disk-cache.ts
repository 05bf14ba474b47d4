import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import type { KeptManifest, SnapshotCache } from '../../router/index.ts';

/** Chunks that were not written or read for so many others are deleted. */
const MAX_CHUNKS = 5_000;
const HASH = /^[0-9a-f]{64}$/;

/** Last known good snapshot in a folder: `manifest.json` and one file a chunk, every file written whole or not at all. */
export class DiskCache implements SnapshotCache {
  readonly #folder: string;
  /** Known chunk files, the one used longest ago first; undefined before the folder was looked at. */
  #known: Set<string> | undefined;
  #writes = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async manifest(): ReturnType<SnapshotCache['manifest']> {
    const text = await readIfThere(join(this.#folder, 'manifest.json'));
    if (text === undefined) return undefined;
    const { jws, confirmedAt, hopKey, manifestKeys = [] } = JSON.parse(text) as Record<string, unknown>;
    if (typeof jws !== 'string' || typeof confirmedAt !== 'number') throw new Error('manifest.json is broken');
    if (typeof hopKey !== 'object' || hopKey === null || !Array.isArray(manifestKeys)) {
      throw new Error('manifest.json is broken');
    }
    return { jws, confirmedAt, hopKey, manifestKeys };
  }

  async keepManifest(kept: KeptManifest): Promise<void> {
    await this.#write('manifest.json', JSON.stringify(kept));
  }

  async chunk(hash: string): Promise<string | undefined> {
    if (!HASH.test(hash)) return undefined;
    const text = await readIfThere(join(this.#folder, 'chunks', hash));
    if (text !== undefined) await this.#used(hash);
    return text;
  }

  async keepChunk(hash: string, text: string): Promise<void> {
    if (!HASH.test(hash)) return;
    await this.#write(join('chunks', hash), text);
    await this.#used(hash);
  }

  async #used(hash: string): Promise<void> {
    const known = await this.#list();
    known.delete(hash);
    known.add(hash);
    for (const oldest of known) {
      if (known.size <= MAX_CHUNKS) return;
      known.delete(oldest);
      await rm(join(this.#folder, 'chunks', oldest), { force: true });
    }
  }

  async #list(): Promise<Set<string>> {
    this.#known ??= new Set((await readdir(join(this.#folder, 'chunks'))).filter((name) => HASH.test(name)));
    return this.#known;
  }

  async #write(name: string, text: string): Promise<void> {
    await mkdir(join(this.#folder, 'chunks'), { recursive: true, mode: 0o700 });
    const path = join(this.#folder, name);
    const unfinished = `${path}.${process.pid}-${this.#writes++}.new`;
    try {
      await writeFile(unfinished, text, { mode: 0o600 });
      await rename(unfinished, path);
    } catch (error) {
      // On a disk that is full the rest of it would only be in the way.
      await rm(unfinished, { force: true });
      throw error;
    }
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
