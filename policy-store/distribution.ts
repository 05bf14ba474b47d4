import type { TrustBundle } from '../snapshot/chunk.ts';
import type { Sha256 } from '../snapshot/content.ts';
import type { Database, Session } from './db/database.ts';
import type { GenerationFeed } from './generation-feed.ts';
import { trustBundleOf } from './issuer/index.ts';
import type { MeshStates } from './mesh-state.ts';
import type { SnapshotReader, StorePorts } from './ports.ts';
import { StoreRefusal } from './refusal.ts';
import type { RouterEntry } from './repositories/routers.ts';
import { listRouters, removeRouter, sawRouter } from './repositories/routers.ts';
import type { StoredKeys } from './repositories/signing-keys.ts';
import type { Generation } from './repositories/snapshots.ts';
import { findChunk, newestGeneration } from './repositories/snapshots.ts';

/** Who asks for a manifest, as its headers say. */
export type RouterName = Pick<RouterEntry, 'id' | 'role' | 'runtime'>;

/** A router that asked so long ago at most counts as running, milliseconds: a little over the longest poll. */
const SEEN_WITHIN = 30_000;
/** `lastSeen` of a router that keeps asking is written this often, milliseconds. */
const WRITE_EVERY = 5_000;
/** How often to look whether routers on another store have caught up, milliseconds. */
const ACKNOWLEDGED_ELSEWHERE = 250;
const MAX_TRACKED = 10_000;

interface Deps {
  readonly database: Database;
  readonly states: MeshStates;
  readonly feed: GenerationFeed;
  readonly clock: StorePorts['clock'];
  keys(session: Session): StoredKeys;
}

/** Hands snapshots to routers, and knows which router holds which. */
export class Distribution implements SnapshotReader {
  readonly #deps: Deps;
  readonly #written = new Map<string, { generation: number; at: number }>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** The newest generation. @throws StoreRefusal `store_closing` when there is none (any more) */
  async newest(): Promise<Generation> {
    const generation = await this.#deps.database.read(newestGeneration);
    if (!generation) throw new StoreRefusal('store_closing', 'The store holds no snapshot. Start it again.');
    return generation;
  }

  /**
   * The newest generation as soon as it is not the one that is held; undefined when that did not happen in `waitMs`.
   * @param held 0: none
   */
  async newerThan(held: number, waitMs: number, signal?: AbortSignal): Promise<Generation | undefined> {
    const { clock, feed } = this.#deps;
    const until = clock.now() + waitMs;
    for (;;) {
      const newest = await this.newest();
      feed.learn(newest.generation);
      if (newest.generation !== held) return newest;
      // Wakes are also for others (acknowledgements): only a new generation is worth a query.
      while (feed.newest === held) {
        const left = until - clock.now();
        if (left <= 0 || feed.closed || signal?.aborted) return undefined;
        await feed.nextWake(left, signal);
      }
    }
  }

  async manifest(): Promise<string> {
    return (await this.newest()).jws;
  }

  async chunk(hash: Sha256): Promise<string> {
    const text = await this.#deps.database.read((session) => findChunk(session, hash, this.#deps.keys(session).vault));
    if (text === undefined)
      throw new StoreRefusal('not_found', 'There is no such chunk (any more). Fetch the manifest again.');
    return text;
  }

  /** The private key that routers sign Mesh-Calls with. */
  async hopKey(): Promise<JsonWebKey> {
    const key = await this.#deps.database.read((session) => this.#deps.keys(session).active('hop'));
    if (!key) throw new StoreRefusal('store_closing', 'The store holds no hop key. Start it again.');
    return key.privateJwk;
  }

  /** Public keys of the mesh. */
  trustBundle(): Promise<TrustBundle> {
    const { database, states } = this.#deps;
    return database.read(async (session) => {
      const keys = this.#deps.keys(session);
      const { compiled } = await states.current(session);
      return trustBundleOf(await keys.records(), compiled.mesh.trustDomain, await keys.sequence());
    });
  }

  /** Public keys that manifests are or will be signed with: what a router pins. */
  async manifestKeys(): Promise<JsonWebKey[]> {
    const keys = await this.#deps.database.read((session) => this.#deps.keys(session).records());
    return keys.filter((key) => key.class === 'manifest' && key.removedAt === null).map((key) => key.publicJwk);
  }

  /** What each manifest key said of the one after it, the oldest first: the way from a key that is pinned to the newest. */
  async endorsements(): Promise<string[]> {
    const keys = await this.#deps.database.read((session) => this.#deps.keys(session).records());
    return keys.flatMap(({ endorsement }) => endorsement ?? []);
  }

  /** A router asked, holding `generation`: that it serves it. */
  async acknowledge(router: RouterName, generation: number): Promise<void> {
    const { database, feed, clock } = this.#deps;
    const now = clock.now();
    const key = `${router.role} ${router.id}`;
    const last = this.#written.get(key);
    if (last?.generation === generation && now - last.at < WRITE_EVERY) return;
    try {
      await database.write((session) => sawRouter(session, { ...router, generation, lastSeen: now }));
    } catch (error) {
      // A database that can only be read (its disk is full) can still serve routers; one that cannot fails them anyway.
      if (error instanceof StoreRefusal) return;
      throw error;
    }
    if (this.#written.size >= MAX_TRACKED) this.#written.clear();
    this.#written.set(key, { generation, at: now });
    feed.wake();
  }

  /** A router stops: nobody has to wait for it any more. @throws StoreRefusal `not_found` */
  async leave(id: string): Promise<void> {
    const { database, feed } = this.#deps;
    const known = await database.write((session) => removeRouter(session, id));
    for (const role of ['router', 'gateway']) this.#written.delete(`${role} ${id}`);
    if (!known) throw new StoreRefusal('not_found', 'No router of this name has asked in the last hour.');
    feed.wake();
  }

  /** Routers that asked in the last 30 s. */
  routers(): Promise<RouterEntry[]> {
    const since = this.#deps.clock.now() - SEEN_WITHIN;
    return this.#deps.database.read((session) => listRouters(session, since));
  }

  /** @returns whether every router that is running serves `generation` (or a newer one) within `ms` */
  async served(generation: number, ms: number, signal?: AbortSignal): Promise<boolean> {
    const { clock, feed } = this.#deps;
    const until = clock.now() + ms;
    for (;;) {
      const routers = await this.routers();
      if (routers.every((router) => router.generation >= generation)) return true;
      const left = until - clock.now();
      if (left <= 0 || feed.closed || signal?.aborted) return false;
      await feed.nextWake(Math.min(left, ACKNOWLEDGED_ELSEWHERE), signal);
    }
  }
}
