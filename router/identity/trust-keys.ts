import type { BundleKey, TrustBundle } from '../../snapshot/chunk.ts';
import { SnapshotRejected } from '../snapshot/snapshot-rejected.ts';
import { importPublicKey } from './es256.ts';

/** Class of a token as the bundle names its keys. */
export type KeyUse = BundleKey['use'];

/**
 * The keys that may sign, by trust domain, class and key ID together: a `kid` alone never finds one, so no key signs
 * tokens of another class or another domain's identities.
 */
export class TrustKeys {
  readonly #trustDomain: string;
  /** By class and key ID. */
  readonly #keys: ReadonlyMap<string, CryptoKey>;

  private constructor(trustDomain: string, keys: ReadonlyMap<string, CryptoKey>) {
    this.#trustDomain = trustDomain;
    this.#keys = keys;
  }

  /**
   * Imports the bundle's keys once. Keys of an unknown class or type are ignored (SPIFFE trust bundle 4.2); nothing of
   * the domain is trusted when none is left.
   * @throws SnapshotRejected when two keys of one class have one ID, or a P-256 key is broken
   */
  static async load(bundle: TrustBundle): Promise<TrustKeys> {
    const keys = new Map<string, CryptoKey>();
    for (const key of bundle.keys) {
      if (!isUsable(key)) continue;
      const name = nameOf(key.use, key.kid);
      if (keys.has(name)) throw new SnapshotRejected(`two keys of class ${key.use} in the trust bundle have one kid`);
      keys.set(name, await importBundleKey(key));
    }
    return new TrustKeys(bundle.trustDomain, keys);
  }

  find(trustDomain: string, use: KeyUse, kid: string): CryptoKey | undefined {
    return trustDomain === this.#trustDomain ? this.#keys.get(nameOf(use, kid)) : undefined;
  }
}

/** No class has a space in its name. */
const nameOf = (use: KeyUse, kid: string): string => `${use} ${kid}`;

/** X.509 keys are for handshakes, not for tokens. */
const isUsable = (key: BundleKey): boolean =>
  (key.use === 'wit-svid' || key.use === 'jwt-svid' || key.use === 'mesh-hop') &&
  key.kty === 'EC' &&
  key.crv === 'P-256' &&
  (key.alg === undefined || key.alg === 'ES256') &&
  typeof key.kid === 'string';

async function importBundleKey(key: BundleKey): Promise<CryptoKey> {
  try {
    return await importPublicKey(key);
  } catch {
    throw new SnapshotRejected(`a key of class ${key.use} in the trust bundle is no point on P-256`);
  }
}
