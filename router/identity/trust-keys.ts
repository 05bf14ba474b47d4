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
  readonly #domains: ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, CryptoKey>>>;

  private constructor(domains: ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, CryptoKey>>>) {
    this.#domains = domains;
  }

  /**
   * Imports the bundle's keys once. Keys of an unknown class or type are ignored (SPIFFE trust bundle 4.2); nothing of
   * the domain is trusted when none is left.
   * @throws SnapshotRejected when two keys of one class have one ID, or a P-256 key is broken
   */
  static async load(bundle: TrustBundle): Promise<TrustKeys> {
    const classes = new Map<string, Map<string, CryptoKey>>();
    for (const key of bundle.keys) {
      if (!isUsable(key)) continue;
      const keys = classes.get(key.use) ?? new Map<string, CryptoKey>();
      if (keys.has(key.kid))
        throw new SnapshotRejected(`two keys of class ${key.use} in the trust bundle have one kid`);
      keys.set(key.kid, await importBundleKey(key));
      classes.set(key.use, keys);
    }
    return new TrustKeys(new Map([[bundle.trustDomain, classes]]));
  }

  find(trustDomain: string, use: KeyUse, kid: string): CryptoKey | undefined {
    return this.#domains.get(trustDomain)?.get(use)?.get(kid);
  }
}

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
