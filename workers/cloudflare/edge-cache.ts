import type { KeptManifest, SnapshotCache } from '../../router/index.ts';

/** The part of the Cache API that is used. */
export type Store = Pick<Cache, 'match' | 'put'>;

const BASE = 'https://snapshot.gossamer.internal';
const KEPT = { 'cache-control': 'public, max-age=31536000, immutable' };

/**
 * Last known good in the Cache API of the data centre. The hop key is a secret and caches are no place for secrets, so
 * the record that holds it is sealed under a key that only holders of the router token have. Chunks are checked by hash.
 */
export class EdgeCache implements SnapshotCache {
  readonly #open: () => Promise<Store>;
  readonly #token: string;

  /** @param token the router token */
  constructor(open: () => Promise<Store>, token: string) {
    this.#open = open;
    this.#token = token;
  }

  async manifest(): ReturnType<SnapshotCache['manifest']> {
    const found = await (await this.#open()).match(`${BASE}/manifest`);
    if (found === undefined) return undefined;
    const sealed = new Uint8Array(await found.arrayBuffer());
    const text = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: sealed.subarray(0, 12) },
      await this.#key(),
      sealed.subarray(12),
    );
    const kept = JSON.parse(new TextDecoder().decode(text)) as KeptManifest;
    // A version that knew only of keys that are pinned may have sealed it.
    return { ...kept, manifestKeys: kept.manifestKeys ?? [] };
  }

  async keepManifest(kept: KeptManifest): Promise<void> {
    const text = new TextEncoder().encode(JSON.stringify(kept));
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await this.#key(), text);
    await (await this.#open()).put(
      `${BASE}/manifest`,
      new Response(await new Blob([iv, sealed]).arrayBuffer(), { headers: KEPT }),
    );
  }

  async chunk(hash: string): Promise<string | undefined> {
    return (await this.#open()).match(`${BASE}/chunks/${hash}`).then((found) => found?.text());
  }

  async keepChunk(hash: string, text: string): Promise<void> {
    await (await this.#open()).put(`${BASE}/chunks/${hash}`, new Response(text, { headers: KEPT }));
  }

  async #key(): Promise<CryptoKey> {
    const text = new TextEncoder().encode(`gossamer snapshot cache ${this.#token}`);
    const bytes = await crypto.subtle.digest('SHA-256', text);
    return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
  }
}
