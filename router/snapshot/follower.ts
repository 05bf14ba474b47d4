import type { Manifest } from '../../snapshot/manifest.ts';
import { Cancellation } from '../cancellation.ts';
import type { PinnedSnapshot } from '../facts.ts';
import { manifestKeyId, verifyManifest } from '../identity/manifest.ts';
import { endorsedKey, findKey } from '../identity/manifest-keys.ts';
import { MeshCallSigner } from '../identity/mesh-call.ts';
import type { RouterPorts } from '../ports.ts';
import { pause } from '../resilience/bounded.ts';
import { backOff } from './back-off.ts';
import { ChunkReader } from './chunk-reader.ts';
import { CompiledChunks } from './compiled-chunks.ts';
import type { LoadGateway } from './loaded-gateway.ts';
import { LoadedSnapshot } from './loaded-snapshot.ts';
import { SnapshotRejected } from './snapshot-rejected.ts';

export type FollowerPorts = Pick<RouterPorts, 'clock' | 'random' | 'source' | 'cache' | 'log'>;

export interface FollowerOptions {
  /** Public JWKs with `kid` that may sign manifests: pinned at setup. Others only on the word of one of them. */
  readonly manifestKeys: readonly JsonWebKey[];
  /** `iss` of the Mesh-Calls. */
  readonly routerId: string;
  /** Loads every Gateway too: `loadGateway`, of whoever serves them. */
  readonly gateways?: LoadGateway | undefined;
  /** It only judges: the key that signs for calls need not be the mesh's. */
  readonly signsNothing?: true;
}

export interface FollowerStatus {
  /** Undefined before the first load. */
  readonly revision: number | undefined;
  readonly generation: number | undefined;
  /** When the policy store last said that this generation is the newest; ms since the epoch. */
  readonly confirmedAt: number | undefined;
  /** Of the last refresh that failed; undefined after one that did not. */
  readonly lastError: string | undefined;
}

type Listener = (snapshot: PinnedSnapshot) => void | Promise<void>;

/** How long the policy store may hold an answer until there is news, milliseconds. */
const LONG_POLL = 25_000;
/** A source that answers "nothing new" at once is not asked more often, milliseconds. */
const SHORTEST_ROUND = 1_000;
/** A confirmation is written to the cache at most this often, milliseconds. */
const KEEP_INTERVAL = 60_000;
/** Kinds of failures that are told between two refreshes that went well; a source that is down is asked all the time. */
const MAX_TOLD = 8;

export function createFollower(ports: FollowerPorts, options: FollowerOptions): SnapshotFollower {
  return new SnapshotFollower(ports, options);
}

/**
 * Keeps the newest snapshot in force. A generation is switched to as a whole, once everything in use is loaded; whatever
 * fails leaves the last known good where it is until it is too old.
 */
export class SnapshotFollower {
  readonly signer: MeshCallSigner;
  readonly #ports: FollowerPorts;
  readonly #options: FollowerOptions;
  readonly #chunks: CompiledChunks;
  readonly #listeners = new Set<Listener>();
  #manifestKeys: readonly JsonWebKey[];
  /** Key IDs of signing keys that the newest manifest revokes. */
  #revoked: readonly string[] = [];
  #current: { readonly snapshot: LoadedSnapshot; readonly jws: string; readonly hopKey: JsonWebKey } | undefined;
  /** No older generation is accepted, not even when the newest known one could not be loaded. */
  #newestSeen = 0;
  #confirmedAt: number | undefined;
  #keptAt = Number.NEGATIVE_INFINITY;
  #lastError: string | undefined;
  #retired = false;
  readonly #told = new Set<string>();

  constructor(ports: FollowerPorts, options: FollowerOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#manifestKeys = options.manifestKeys;
    this.signer = new MeshCallSigner(ports, options.routerId);
    this.#chunks = new CompiledChunks(new ChunkReader(ports), ports.clock, options.gateways);
  }

  /** The last known good from the cache, then the newest of the source. Never rejects: without both all is refused. */
  async start(): Promise<void> {
    await this.#startFromCache();
    await this.refresh(0);
  }

  /** From now on nothing new is decided: the program stops. What is under way still hears of revocations. */
  retire(): void {
    this.#retired = true;
  }

  /** What decides now; the reason to refuse everything when nothing may. */
  current(now: number): PinnedSnapshot | 'snapshot_unavailable' | 'snapshot_stale' | 'draining' {
    if (this.#retired) return 'draining';
    if (this.#current === undefined || this.#confirmedAt === undefined) return 'snapshot_unavailable';
    const { snapshot } = this.#current;
    return now - this.#confirmedAt > snapshot.mesh.staleness.hard ? 'snapshot_stale' : snapshot;
  }

  status(): FollowerStatus {
    return {
      revision: this.#current?.snapshot.revision,
      generation: this.#current?.snapshot.generation,
      confirmedAt: this.#confirmedAt,
      lastError: this.#lastError,
    };
  }

  /**
   * Runs with every generation that came into force, before it is acknowledged to the policy store.
   * @returns takes the listener off again
   */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Asks the source once. Several may run at the same time: the newest generation wins.
   * @param waitMs how long the source may hold its answer until there is news
   */
  async refresh(waitMs: number): Promise<'new' | 'same' | 'failed'> {
    try {
      const held = this.#current?.snapshot.generation;
      const jws = await this.#ports.source.manifest(held, waitMs);
      const outcome = jws === undefined ? this.#unchanged(held) : await this.#adopt(jws);
      this.#lastError = undefined;
      if (this.#told.size > 0) this.#ports.log('info', 'the snapshot is refreshed again');
      this.#told.clear();
      if (outcome === 'same') await this.#confirm();
      return outcome;
    } catch (error) {
      this.#lastError = error instanceof Error ? error.message : String(error);
      this.#tell(this.#lastError, error instanceof SnapshotRejected ? 'error' : 'warn');
      return 'failed';
    }
  }

  #tell(error: string, level: 'error' | 'warn'): void {
    if (this.#told.has(error) || this.#told.size >= MAX_TOLD) return;
    this.#told.add(error);
    this.#ports.log(level, 'the snapshot was not refreshed', {
      error,
      generation: this.#current?.snapshot.generation,
    });
  }

  /** Refreshes for ever, with long polls. @returns ends it after the poll that is under way */
  follow(): () => void {
    const { clock, random } = this.#ports;
    const stop = new Cancellation();
    const run = async (): Promise<void> => {
      for (let failures = 0; stop.reason === undefined; ) {
        const asked = clock.monotonic();
        const outcome = await this.refresh(LONG_POLL);
        failures = outcome === 'failed' ? failures + 1 : 0;
        const early = outcome === 'same' ? SHORTEST_ROUND - (clock.monotonic() - asked) : 0;
        const wait = failures > 0 ? backOff(failures, random.next()) : early;
        if (wait > 0) await pause(clock, stop, wait);
      }
    };
    void run();
    return () => stop.cancel('superseded');
  }

  #unchanged(held: number | undefined): 'same' {
    if (held === undefined) throw new Error('the policy store has no manifest yet');
    return 'same';
  }

  async #adopt(jws: string): Promise<'new' | 'same'> {
    if (this.#current?.jws === jws) return 'same';
    const manifest = await this.#accept(jws);
    const [snapshot, hopKey] = await Promise.all([this.#load(manifest), this.#hopKeyOf(manifest)]);
    if (!(await this.#putInForce({ snapshot, jws, hopKey }, this.#ports.clock.now()))) return 'same';
    await this.#keep(this.#ports.clock.now());
    return 'new';
  }

  /** Fetched only when another key signs from now on. */
  async #hopKeyOf({ hopKid }: Manifest): Promise<JsonWebKey> {
    const held = this.#current?.hopKey;
    if (held !== undefined && hopKid !== undefined && findKey([held], hopKid) !== undefined) return held;
    const key = await this.#ports.source.hopKey();
    if (hopKid !== undefined && !this.#options.signsNothing && findKey([key], hopKid) === undefined) {
      throw new SnapshotRejected('the hop key is another than the manifest names');
    }
    return key;
  }

  /** @throws SnapshotRejected unless a trusted key signed it and it does not turn back time */
  async #accept(jws: string, trusted = this.#manifestKeys): Promise<Manifest> {
    const keys = await this.#withSigner(manifestKeyId(jws), trusted);
    const manifest = await verifyManifest(jws, keys);
    const held = this.#current?.snapshot.generation ?? -1;
    if (manifest.generation < this.#newestSeen || manifest.generation === held) {
      throw new SnapshotRejected(
        `generation ${manifest.generation} is older than ${this.#newestSeen}, or another with its number: was the policy store restored from a backup?`,
      );
    }
    this.#revoked = manifest.revocations.kids;
    this.#manifestKeys = keys.filter((key) => !this.#revoked.some((kid) => findKey([key], kid)));
    return manifest;
  }

  /** A key that is not trusted yet is, when one that is leads to it. */
  async #withSigner(kid: unknown, trusted: readonly JsonWebKey[]): Promise<readonly JsonWebKey[]> {
    if (findKey(trusted, kid)) return trusted;
    const key = await endorsedKey(kid, trusted, await this.#ports.source.endorsements(), this.#revoked);
    if (key === undefined) return trusted;
    this.#ports.log('info', 'a new manifest key is trusted on the word of the one before', { kid });
    return [...trusted, key];
  }

  async #load(manifest: Manifest): Promise<LoadedSnapshot> {
    const snapshot = await LoadedSnapshot.load(manifest, this.#chunks);
    if (this.#current !== undefined) await snapshot.prefetch(this.#current.snapshot);
    return snapshot;
  }

  /** False when a newer generation came into force while this one was being loaded. */
  async #putInForce(
    next: { readonly snapshot: LoadedSnapshot; readonly jws: string; readonly hopKey: JsonWebKey },
    confirmedAt: number,
  ): Promise<boolean> {
    await this.signer.useKey(next.hopKey);
    const { generation, revision } = next.snapshot;
    if (generation <= (this.#current?.snapshot.generation ?? -1)) return false;
    this.#current = next;
    this.#newestSeen = Math.max(this.#newestSeen, generation);
    this.#confirmedAt = confirmedAt;
    this.#ports.log('info', 'a snapshot is in force', { revision, generation });
    for (const listener of this.#listeners) {
      try {
        await listener(next.snapshot);
      } catch (error) {
        this.#ports.log('error', 'a listener of the snapshot failed', { generation, error: String(error) });
      }
    }
    return true;
  }

  async #confirm(): Promise<void> {
    const now = this.#ports.clock.now();
    this.#confirmedAt = now;
    if (now - this.#keptAt >= KEEP_INTERVAL) await this.#keep(now);
  }

  async #keep(confirmedAt: number): Promise<void> {
    if (this.#current === undefined) return;
    this.#keptAt = confirmedAt;
    try {
      const { jws, hopKey } = this.#current;
      await this.#ports.cache?.keepManifest({ jws, confirmedAt, hopKey, manifestKeys: this.#manifestKeys });
    } catch (error) {
      this.#ports.log('warn', 'the snapshot cache can not be written', { error: String(error) });
    }
  }

  async #startFromCache(): Promise<void> {
    try {
      const cached = await this.#ports.cache?.manifest();
      if (cached === undefined || this.#current !== undefined) return;
      const manifest = await this.#accept(cached.jws, [...this.#manifestKeys, ...cached.manifestKeys]);
      this.#newestSeen = manifest.generation;
      const snapshot = await this.#load(manifest);
      // A clock that was wrong when it was written must not make it fresh for ever.
      const confirmedAt = Math.min(cached.confirmedAt, this.#ports.clock.now());
      await this.#putInForce({ snapshot, jws: cached.jws, hopKey: cached.hopKey }, confirmedAt);
    } catch (error) {
      this.#ports.log('warn', 'the last known good snapshot can not be used', { error: String(error) });
    }
  }
}
