import type { Chunk, ServiceChunk } from '../../snapshot/chunk.ts';
import { canonicalJson, type Sha256, sha256 } from '../../snapshot/content.ts';
import type { GatewayChunk } from '../../snapshot/gateway-chunk.ts';
import { bucketOf, type Manifest, policiesKey, serviceKey } from '../../snapshot/manifest.ts';
import type { AuthorizationPolicy } from '../../snapshot/policy.ts';
import { serviceChunkAt } from '../../snapshot/service-chunk.fake.ts';
import { FakeCaller, NO_REVOCATIONS, NOW } from '../identity/caller.fake.ts';
import { bundleKey, bundleOf, type ForgedPair, forge, forgePair } from '../identity/token-forge.fake.ts';
import type { KeptManifest, SnapshotCache, SnapshotSource } from '../ports.ts';

const BITS = 2;

export const serviceChunk = (name: string, changes: Partial<ServiceChunk> = {}): ServiceChunk =>
  serviceChunkAt(`shop/${name}`, changes);

export const gatewayChunk = (name: string): GatewayChunk => ({
  kind: 'gateway',
  namespace: 'shop',
  name,
  identity: `spiffe://mesh.local/ns/shop/sa/${name}`,
  listeners: [],
  binds: [],
  policies: [],
});

/** What one generation holds. */
export interface Content {
  readonly services?: readonly ServiceChunk[];
  /** Of the namespace `shop`. */
  readonly policies?: readonly AuthorizationPolicy[];
  readonly gateways?: readonly GatewayChunk[];
  readonly manifest?: Partial<Manifest>;
}

/** A policy store that publishes what a test tells it, signed for real, and counts what is asked of it. */
export class FakePublisher implements SnapshotSource {
  readonly manifestKeys: readonly JsonWebKey[];
  readonly chunks = new Map<Sha256, string>();
  /** Hashes that were asked for, in order. */
  readonly asked: Sha256[] = [];
  /** `held` of each call. */
  readonly held: (number | undefined)[] = [];
  hop: ForgedPair;
  down = false;
  jws = '';
  generation = 0;
  readonly #signing: ForgedPair;
  /** A workload that routers of this mesh believe. */
  readonly caller: FakeCaller;

  private constructor(signing: ForgedPair, hop: ForgedPair, caller: FakeCaller) {
    this.#signing = signing;
    this.caller = caller;
    this.hop = hop;
    this.manifestKeys = [{ ...signing.jwk, kid: 'manifest-1' } as JsonWebKey];
  }

  static async create(): Promise<FakePublisher> {
    return new FakePublisher(await forgePair(), await forgePair(), await FakeCaller.create());
  }

  /** Makes the next generation the newest. @returns its JWS */
  async publish(content: Content = {}, key = this.#signing.privateKey, kid = 'manifest-1'): Promise<string> {
    this.generation = content.manifest?.generation ?? this.generation + 1;
    const manifest = await this.#compile(content);
    this.jws = await forge({ typ: 'gossamer-manifest+jwt', alg: 'ES256', kid }, manifest, key);
    return this.jws;
  }

  /** The next manifest key, named by the one that is pinned, or by another. */
  async rotate(kid: string, by = this.#signing.privateKey, byKid = 'manifest-1'): Promise<ForgedPair> {
    const next = await forgePair();
    const header = { typ: 'gossamer-manifest-key+jwt', alg: 'ES256', kid: byKid };
    this.endorsed.push(await forge(header, { kid, jwk: next.jwk, iat: 0 }, by));
    return next;
  }

  async manifest(held: number | undefined): Promise<string | undefined> {
    this.held.push(held);
    if (this.down) throw new Error('connection refused');
    return held === this.generation ? undefined : this.jws;
  }

  async chunk(hash: Sha256): Promise<string> {
    this.asked.push(hash);
    const text = this.chunks.get(hash);
    if (this.down || text === undefined) throw new Error('connection refused');
    return text;
  }

  async hopKey(): Promise<JsonWebKey> {
    if (this.down) throw new Error('connection refused');
    return { ...this.hop.privateJwk, kid: 'hop-1' } as JsonWebKey;
  }

  /** What earlier manifest keys say of later ones. */
  endorsed: string[] = [];

  async endorsements(): Promise<readonly string[]> {
    if (this.down) throw new Error('connection refused');
    return this.endorsed;
  }

  async #compile({ services = [], policies, gateways = [], manifest }: Content): Promise<Manifest> {
    const index = Array.from({ length: 2 ** BITS }, (): Record<string, Sha256> => ({}));
    const put = async (key: string, chunk: Chunk): Promise<void> => {
      (index[bucketOf(key, BITS)] as Record<string, Sha256>)[key] = await this.#keep(chunk);
    };
    for (const chunk of services) await put(serviceKey(chunk.namespace, chunk.name), chunk);
    if (policies) await put(policiesKey('shop'), { kind: 'policies', namespace: 'shop', policies });
    const buckets: (Sha256 | null)[] = [];
    for (const bucket of index) buckets.push(Object.keys(bucket).length === 0 ? null : await this.#keep(bucket));
    const doors: Record<string, Sha256> = {};
    for (const chunk of gateways) doors[`${chunk.namespace}/${chunk.name}`] = await this.#keep(chunk);
    return {
      format: 1,
      revision: this.generation,
      generation: this.generation,
      issuedAt: NOW,
      mesh: this.caller.snapshot.mesh,
      trustBundle: await this.#keep(bundleOf(bundleKey(this.caller.issuer, 'wit-1', 'wit-svid'))),
      revocations: NO_REVOCATIONS,
      index: { bits: BITS, buckets },
      gateways: doors,
      ...manifest,
    };
  }

  async #keep(value: unknown): Promise<Sha256> {
    const text = canonicalJson(value);
    const hash = await sha256(text);
    this.chunks.set(hash, text);
    return hash;
  }
}

/** A cache in memory that outlives followers. */
export class MemoryCache implements SnapshotCache {
  kept: Awaited<ReturnType<SnapshotCache['manifest']>>;
  readonly chunks = new Map<Sha256, string>();

  async manifest(): ReturnType<SnapshotCache['manifest']> {
    return this.kept;
  }

  async keepManifest(kept: KeptManifest): Promise<void> {
    this.kept = kept;
  }

  async chunk(hash: Sha256): Promise<string | undefined> {
    return this.chunks.get(hash);
  }

  async keepChunk(hash: Sha256, text: string): Promise<void> {
    this.chunks.set(hash, text);
  }
}
