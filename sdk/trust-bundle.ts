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
}

const DEFAULT_HINT = 300;
const LONGEST_HINT = 3600;
/** Without news the keys are believed this long, milliseconds. */
const LONGEST_LIFE = 24 * 3600_000;
/** A kid that nobody knows makes the bundle be fetched again at most this often, milliseconds. */
const UNKNOWN_KID_INTERVAL = 10_000;
const FETCH_TIMEOUT = 10_000;

/** The keys that may sign Mesh-Calls, kept up to date. */
export class HopKeys {
  readonly #source: string | TrustBundleDocument;
  readonly #ports: BundlePorts;
  #renewed = new Renewed<LoadedBundle>();
  #nextLook = 0;

  /** @param source where the bundle is served, or the bundle itself, which is then never renewed */
  constructor(source: string | TrustBundleDocument, ports: BundlePorts) {
    this.#source = source;
    this.#ports = ports;
  }

  /**
   * Undefined: no such key may sign Mesh-Calls. An unknown one makes the bundle be fetched again, in case it is new.
   * @throws MeshError `trust_bundle_unavailable`
   */
  async find(kid: string): Promise<CryptoKey | undefined> {
    const now = this.#ports.now();
    const bundle = await this.#get(this.#renewed, now);
    const key = bundle.keys.get(kid);
    if (key !== undefined || typeof this.#source !== 'string') return key;
    if (now < bundle.loadedAt + UNKNOWN_KID_INTERVAL || now < this.#nextLook) return undefined;
    this.#nextLook = now + UNKNOWN_KID_INTERVAL;
    const fresh = new Renewed<LoadedBundle>();
    try {
      const newer = await this.#get(fresh, now);
      this.#renewed = fresh;
      return newer.keys.get(kid);
    } catch (error) {
      this.#ports.warn(`the trust bundle was not renewed: ${String(error)}`);
      return undefined;
    }
  }
  #get(renewed: Renewed<LoadedBundle>, now: number): Promise<LoadedBundle> {
    const warn = (error: unknown): void => this.#ports.warn(`the trust bundle was not renewed: ${String(error)}`);
    return renewed.get(now, () => this.#load(now), warn);
  }

  async #load(now: number): Promise<LoadedBundle> {
    const document = typeof this.#source === 'string' ? await this.#fetch(this.#source) : this.#source;
    const keys = await importHopKeys(document);
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
async function importHopKeys(document: TrustBundleDocument): Promise<ReadonlyMap<string, CryptoKey>> {
  const keys = new Map<string, CryptoKey>();
  for (const { use, kid, kty, crv, x, y } of document.keys) {
    if (use !== 'mesh-hop' || kty !== 'EC' || crv !== 'P-256' || typeof kid !== 'string') continue;
    if (keys.has(kid)) throw new MeshError('trust_bundle_unavailable', 'two keys of the trust bundle have one kid');
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    keys.set(kid, await crypto.subtle.importKey('jwk', { kty, crv, x, y } as JsonWebKey, algorithm, false, ['verify']));
  }
  return keys;
}
