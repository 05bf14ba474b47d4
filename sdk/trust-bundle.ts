import { P256 } from './compact-jws.ts';
import type { CryptoProvider } from './crypto-provider.ts';
import { lookUntil } from './look-until.ts';
import { MeshError } from './mesh-error.ts';
import { type Renewable, Renewed } from './renewed.ts';

/** Public keys of the mesh in SPIFFE bundle form, as the policy store serves them at `/v1/trust-bundle`. */
export interface TrustBundleDocument {
  /** Seconds between looks at it. */
  readonly spiffe_refresh_hint?: number;
  readonly keys: readonly (JsonWebKey & { readonly kid?: string })[];
}

interface LoadedBundle extends Renewable {
  readonly loadedAt: number;
  readonly keys: ReadonlyMap<string, CryptoKey>;
}

export interface BundlePorts {
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly warn: (message: string) => void;
  readonly crypto: CryptoProvider;
}

const DEFAULT_HINT = 300;
const LONGEST_HINT = 3600;
/** Without news the keys are believed this long, milliseconds. */
const LONGEST_LIFE = 24 * 3600_000;
/** Kids that nobody knows make the bundle be fetched again at most so many times in so many milliseconds. */
const UNKNOWN_KIDS = { fetches: 3, within: 30_000 };
const FETCH_TIMEOUT = 10_000;

/** The keys that may sign Mesh-Calls, kept up to date. */
export class HopKeys {
  readonly #source: string | TrustBundleDocument;
  readonly #ports: BundlePorts;
  #renewed = new Renewed<LoadedBundle>();
  /** When kids that nobody knew made it be fetched, milliseconds since the epoch. */
  #extraFetches: readonly number[] = [];
  #fetching = false;

  /** @param source where the bundle is served, or the bundle itself, which is then never renewed */
  constructor(source: string | TrustBundleDocument, ports: BundlePorts) {
    this.#source = source;
    this.#ports = ports;
  }

  /**
   * Undefined: no such key may sign Mesh-Calls. An unknown one makes the bundle be fetched again at once, in case a router
   * signs with a new key already.
   * @throws MeshError `trust_bundle_unavailable`
   */
  async find(kid: string): Promise<CryptoKey | undefined> {
    const bundle = await this.#get(this.#renewed, this.#ports.now());
    const key = bundle.keys.get(kid);
    if (key !== undefined || typeof this.#source !== 'string') return key;
    if (this.#fetching) {
      // Under load many calls with the new key come while the first of them fetches it.
      await lookUntil(() => !this.#fetching, FETCH_TIMEOUT);
      const newer = await this.#get(this.#renewed, this.#ports.now());
      if (newer.keys.has(kid)) return newer.keys.get(kid);
    }
    return this.#findAgain(kid, this.#ports.now());
  }

  async #findAgain(kid: string, now: number): Promise<CryptoKey | undefined> {
    const recent = this.#extraFetches.filter((time) => now - time < UNKNOWN_KIDS.within);
    if (recent.length >= UNKNOWN_KIDS.fetches) return undefined;
    this.#extraFetches = [...recent, now];
    this.#fetching = true;
    try {
      const fresh = new Renewed<LoadedBundle>();
      const newer = await this.#get(fresh, now);
      this.#renewed = fresh;
      return newer.keys.get(kid);
    } catch (error) {
      this.#ports.warn(`the trust bundle was not renewed: ${String(error)}`);
      return undefined;
    } finally {
      this.#fetching = false;
    }
  }

  #get(renewed: Renewed<LoadedBundle>, now: number): Promise<LoadedBundle> {
    const warn = (error: unknown): void => this.#ports.warn(`the trust bundle was not renewed: ${String(error)}`);
    return renewed.get(now, () => this.#load(now), warn);
  }

  async #load(now: number): Promise<LoadedBundle> {
    const document = typeof this.#source === 'string' ? await this.#fetch(this.#source) : this.#source;
    const keys = await importHopKeys(document, this.#ports.crypto);
    if (typeof this.#source !== 'string') {
      return { keys, loadedAt: now, renewAt: Number.POSITIVE_INFINITY, expiresAt: Number.POSITIVE_INFINITY };
    }
    const hint = Math.min(LONGEST_HINT, Math.max(1, document.spiffe_refresh_hint ?? DEFAULT_HINT));
    return { keys, loadedAt: now, renewAt: now + hint * 1000, expiresAt: now + LONGEST_LIFE };
  }

  async #fetch(url: string): Promise<TrustBundleDocument> {
    try {
      const response = await this.#ports.fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(FETCH_TIMEOUT) });
      const body: unknown = response.status === 200 ? await response.json() : undefined;
      if (typeof body === 'object' && body !== null && 'keys' in body && Array.isArray(body.keys)) {
        return body as TrustBundleDocument;
      }
      throw new Error(`it answered ${response.status} without keys`);
    } catch (error) {
      const advice = 'is it the /v1/trust-bundle of the policy store?';
      throw new MeshError('trust_bundle_unavailable', `no trust bundle at ${url}: ${advice}`, { cause: error });
    }
  }
}

/** Keys of other classes and types are left out (SPIFFE trust bundle 4.2). */
async function importHopKeys(
  document: TrustBundleDocument,
  { subtle }: CryptoProvider,
): Promise<ReadonlyMap<string, CryptoKey>> {
  const keys = new Map<string, CryptoKey>();
  for (const { use, kid, kty, crv, x, y } of document.keys) {
    if (use !== 'mesh-hop' || kty !== 'EC' || crv !== 'P-256' || typeof kid !== 'string') continue;
    if (keys.has(kid)) throw new MeshError('trust_bundle_unavailable', 'two keys of the trust bundle have one kid');
    keys.set(kid, await subtle.importKey('jwk', { kty, crv, x, y } as JsonWebKey, P256, false, ['verify']));
  }
  return keys;
}
