import type { Sha256 } from '../../snapshot/content.ts';
import { bucketOf, keySetKey, type Manifest, policiesKey, serviceKey } from '../../snapshot/manifest.ts';
import type { CompiledPolicies } from '../authorization/compile.ts';
import type { MaybePromise } from '../exchange.ts';
import type { Addressed, PinnedSnapshot } from '../facts.ts';
import type { IssuerKeyring } from '../identity/issuer-keyring.ts';
import { RecentlyUsed } from '../identity/recently-used.ts';
import type { TrustKeys } from '../identity/trust-keys.ts';
import { KnownServices } from '../routing/known-services.ts';
import type { CompiledChunks, Shelf } from './compiled-chunks.ts';
import type { LoadedGateway } from './loaded-gateway.ts';
import type { LoadedService } from './loaded-service.ts';

/** Names that one snapshot answers without a look into its index. */
const MAX_NAMES = 4096;
/** Chunks fetched at the same time before a switch. */
const LOADING_WIDTH = 8;

/** One generation: its manifest, with chunks loaded as requests meet them. */
export class LoadedSnapshot implements PinnedSnapshot {
  readonly manifest: Manifest;
  readonly trust: TrustKeys;
  readonly gateways: ReadonlyMap<string, LoadedGateway>;
  readonly known = new KnownServices<Addressed>();
  readonly #chunks: CompiledChunks;
  readonly #services = new RecentlyUsed<string, LoadedService>(MAX_NAMES);
  readonly #policies = new RecentlyUsed<string, CompiledPolicies>(MAX_NAMES);
  readonly #keySets = new RecentlyUsed<string, IssuerKeyring>(MAX_NAMES);

  private constructor(
    manifest: Manifest,
    trust: TrustKeys,
    gateways: ReadonlyMap<string, LoadedGateway>,
    chunks: CompiledChunks,
  ) {
    this.manifest = manifest;
    this.trust = trust;
    this.gateways = gateways;
    this.#chunks = chunks;
  }

  /** Loads what every request needs: the trust bundle and, where they are served, all gateways. */
  static async load(manifest: Manifest, chunks: CompiledChunks): Promise<LoadedSnapshot> {
    const trust = await chunks.bundles.get(manifest.trustBundle);
    const gateways = new Map<string, LoadedGateway>();
    const shelf = chunks.gateways;
    if (shelf !== undefined) {
      await inLanes(
        Object.entries(manifest.gateways).map(([name, hash]) => async () => {
          gateways.set(name, await shelf.get(hash));
        }),
      );
    }
    return new LoadedSnapshot(manifest, trust, gateways, chunks);
  }

  get revision(): number {
    return this.manifest.revision;
  }

  get generation(): number {
    return this.manifest.generation;
  }

  get mesh(): Manifest['mesh'] {
    return this.manifest.mesh;
  }

  get revocations(): Manifest['revocations'] {
    return this.manifest.revocations;
  }

  service(namespace: string, name: string): MaybePromise<LoadedService | undefined> {
    const key = serviceKey(namespace, name);
    return this.#services.get(key) ?? this.#take(key, key, this.#services, this.#chunks.services);
  }

  policies(namespace: string): MaybePromise<CompiledPolicies | undefined> {
    const ready = this.#policies.get(namespace);
    return ready ?? this.#take(namespace, policiesKey(namespace), this.#policies, this.#chunks.policies);
  }

  keySet(name: string): MaybePromise<IssuerKeyring | undefined> {
    return this.#keySets.get(name) ?? this.#take(name, keySetKey(name), this.#keySets, this.#chunks.keySets);
  }

  /** Loads here what was in use in the generation before, so that no request waits for the switch. */
  async prefetch(before: LoadedSnapshot): Promise<void> {
    const services = [...before.#services.values()].map(
      ({ chunk }) =>
        () =>
          this.service(chunk.namespace, chunk.name),
    );
    const policies = [...before.#policies.keys()].map((namespace) => () => this.policies(namespace));
    const keySets = [...before.#keySets.keys()].map((name) => () => this.keySet(name));
    await inLanes([...services, ...policies, ...keySets]);
  }

  /** "None" is not remembered: callers choose the names, and the bucket answers as fast. @param key in the index */
  #take<Loaded>(
    name: string,
    key: string,
    known: RecentlyUsed<string, Loaded>,
    shelf: Shelf<Loaded>,
  ): MaybePromise<Loaded | undefined> {
    return then(this.#hashOf(key), (hash) => {
      if (hash === undefined) return undefined;
      return then(shelf.get(hash), (loaded) => {
        known.set(name, loaded);
        return loaded;
      });
    });
  }

  #hashOf(key: string): MaybePromise<Sha256 | undefined> {
    const { bits, buckets, deeper } = this.manifest.index;
    const top = buckets[bucketOf(key, bits)];
    if (deeper === undefined) return this.#inBucket(top, key);
    const number = String(bucketOf(key, bits + deeper) >> bits);
    return then(this.#inBucket(top, number), (bucket) => this.#inBucket(bucket, key));
  }

  #inBucket(bucket: Sha256 | null | undefined, key: string): MaybePromise<Sha256 | undefined> {
    if (!bucket) return undefined;
    return then(this.#chunks.buckets.get(bucket), (entries) =>
      Object.hasOwn(entries, key) ? entries[key] : undefined,
    );
  }
}

/** Runs all, a few at a time. Rejects with the first failure. */
async function inLanes(loads: (() => unknown)[]): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let load = loads.pop(); load !== undefined; load = loads.pop()) await load();
  };
  await Promise.all(Array.from({ length: LOADING_WIDTH }, lane));
}

/** Goes on at once where nothing has to be waited for. */
function then<In, Out>(value: MaybePromise<In>, next: (value: In) => MaybePromise<Out>): MaybePromise<Out> {
  return value instanceof Promise ? value.then(next) : next(value);
}
