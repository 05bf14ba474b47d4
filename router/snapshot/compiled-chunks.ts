import type { Chunk, TrustBundle } from '../../snapshot/chunk.ts';
import type { Sha256 } from '../../snapshot/content.ts';
import type { IndexBucket } from '../../snapshot/manifest.ts';
import { type CompiledPolicies, compilePolicies } from '../authorization/compile.ts';
import type { MaybePromise } from '../exchange.ts';
import { IssuerKeyring } from '../identity/issuer-keyring.ts';
import { RecentlyUsed } from '../identity/recently-used.ts';
import { TrustKeys } from '../identity/trust-keys.ts';
import type { Clock } from '../ports.ts';
import type { ChunkReader } from './chunk-reader.ts';
import type { LoadedGateway, LoadGateway } from './loaded-gateway.ts';
import { type LoadedService, loadService } from './loaded-service.ts';
import { SnapshotRejected } from './snapshot-rejected.ts';
import { Turns } from './turns.ts';

const MAX_COMPILED = 4096;
/** The bundle in force and the one before it. */
const MAX_BUNDLES = 4;
/** Issuers of end-user tokens. */
const MAX_KEY_SETS = 256;

/** What chunks compile to, each once per hash however many generations hold it; the least used are forgotten. */
export class CompiledChunks {
  readonly services: Shelf<LoadedService>;
  readonly policies: Shelf<CompiledPolicies>;
  /** Undefined where nobody serves them. */
  readonly gateways: Shelf<LoadedGateway> | undefined;
  readonly bundles: Shelf<TrustKeys>;
  readonly buckets: Shelf<IndexBucket>;
  readonly keySets: Shelf<IssuerKeyring>;

  constructor(reader: ChunkReader, clock: Clock, loadGateway: LoadGateway | undefined) {
    const from = { reader, turns: new Turns(clock) };
    this.services = new Shelf(from, MAX_COMPILED, (value) => loadService(asChunk(value, 'service')));
    this.policies = new Shelf(from, MAX_COMPILED, (value) => {
      const { policies, users } = asChunk(value, 'policies');
      return compilePolicies(policies, users);
    });
    this.keySets = new Shelf(from, MAX_KEY_SETS, (value) => new IssuerKeyring(asChunk(value, 'key-set')));
    this.gateways = loadGateway && new Shelf(from, MAX_COMPILED, (value) => loadGateway(asChunk(value, 'gateway')));
    this.bundles = new Shelf(from, MAX_BUNDLES, (value): Promise<TrustKeys> => TrustKeys.load(asBundle(value)));
    this.buckets = new Shelf(from, MAX_COMPILED, asBucket);
  }
}

/** Chunks of one kind. */
export class Shelf<Compiled> {
  readonly #reader: ChunkReader;
  readonly #turns: Turns;
  readonly #compile: (value: unknown) => MaybePromise<Compiled>;
  readonly #compiled: RecentlyUsed<Sha256, Compiled>;

  constructor(
    from: { readonly reader: ChunkReader; readonly turns: Turns },
    limit: number,
    compile: (value: unknown) => MaybePromise<Compiled>,
  ) {
    this.#reader = from.reader;
    this.#turns = from.turns;
    this.#compile = compile;
    this.#compiled = new RecentlyUsed(limit);
  }

  /**
   * At once when it is in memory. Of many that ask for the same at the same time one fetches it: a router that starts
   * under load would else bury the policy store.
   */
  get(hash: Sha256): MaybePromise<Compiled> {
    return this.#compiled.get(hash) ?? this.#take(hash);
  }

  async #take(hash: Sha256): Promise<Compiled> {
    const load = (): Promise<Compiled> => this.#load(hash);
    return (await this.#turns.take(hash, () => this.#compiled.get(hash), load)) ?? load();
  }

  async #load(hash: Sha256): Promise<Compiled> {
    const compiled = await this.#compile(await this.#reader.read(hash));
    this.#compiled.set(hash, compiled);
    return compiled;
  }
}

function asChunk<Kind extends Chunk['kind']>(value: unknown, kind: Kind): Extract<Chunk, { kind: Kind }> {
  if (!isObject(value) || value.kind !== kind) throw new SnapshotRejected(`a chunk is not of kind ${kind}`);
  return value as unknown as Extract<Chunk, { kind: Kind }>;
}

function asBundle(value: unknown): TrustBundle {
  const bundle = asChunk(value, 'trust-bundle');
  if (!Array.isArray(bundle.keys)) throw new SnapshotRejected('the trust bundle has no list of keys');
  return bundle;
}

function asBucket(value: unknown): IndexBucket {
  if (!isObject(value)) throw new SnapshotRejected('a bucket of the index is not an object');
  return value as IndexBucket;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
