import { type Sha256, sha256 } from '../../snapshot/content.ts';
import type { Log, SnapshotCache, SnapshotSource } from '../ports.ts';
import { SnapshotRejected } from './snapshot-rejected.ts';

/** A chunk is neither in the cache nor to be had from the policy store now: `snapshot_unavailable`. */
export class ChunkUnavailable extends Error {
  override readonly name = 'ChunkUnavailable';
}

/** No chunk of an honest compiler comes near it. UTF-16 units. */
const MAX_CHUNK = 16 * 1024 * 1024;

/** Reads chunks by their hash: from the cache, else from the policy store. Neither is believed: the hash is. */
export class ChunkReader {
  readonly #source: SnapshotSource;
  readonly #cache: SnapshotCache | undefined;
  readonly #log: Log;

  constructor(ports: { readonly source: SnapshotSource; readonly cache?: SnapshotCache; readonly log: Log }) {
    this.#source = ports.source;
    this.#cache = ports.cache;
    this.#log = ports.log;
  }

  /** @throws ChunkUnavailable, SnapshotRejected */
  async read(hash: Sha256): Promise<unknown> {
    const text = (await this.#fromCache(hash)) ?? (await this.#fromSource(hash));
    try {
      return JSON.parse(text);
    } catch {
      throw new SnapshotRejected(`chunk ${hash} is not JSON`);
    }
  }

  async #fromCache(hash: Sha256): Promise<string | undefined> {
    try {
      const text = await this.#cache?.chunk(hash);
      if (text === undefined || (await sha256(text)) === hash) return text;
      this.#log('warn', 'a cached chunk is damaged and is fetched again', { chunk: hash });
    } catch (error) {
      this.#log('warn', 'the snapshot cache can not be read', { chunk: hash, error: String(error) });
    }
    return undefined;
  }

  async #fromSource(hash: Sha256): Promise<string> {
    let text: string;
    try {
      text = await this.#source.chunk(hash);
    } catch (error) {
      throw new ChunkUnavailable(`chunk ${hash} can not be fetched: ${String(error)}`);
    }
    if (text.length > MAX_CHUNK) throw new SnapshotRejected(`chunk ${hash} is too large`);
    if ((await sha256(text)) !== hash) throw new SnapshotRejected(`chunk ${hash} does not have its hash`);
    await this.#keep(hash, text);
    return text;
  }

  async #keep(hash: Sha256, text: string): Promise<void> {
    try {
      await this.#cache?.keepChunk(hash, text);
    } catch (error) {
      this.#log('warn', 'the snapshot cache can not be written', { chunk: hash, error: String(error) });
    }
  }
}
