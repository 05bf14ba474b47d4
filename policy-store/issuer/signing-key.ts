import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { BundleKey, TrustBundle } from '../../snapshot/chunk.ts';

/** Each class of token has signing keys of its own, so that no token passes as one of another class. */
export type KeyClass = 'wit' | 'hop' | 'manifest';

/** An ES256 key pair of the mesh. */
export interface SigningKey {
  /** RFC 7638 thumbprint of the public key. */
  readonly kid: string;
  readonly class: KeyClass;
  /** With `kid` and `alg`. */
  readonly publicJwk: JsonWebKey;
  /** With `kid` and `alg`. At rest it is wrapped (`wrapPrivateKey`). */
  readonly privateJwk: JsonWebKey;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** Where signing keys live. */
export interface KeyRepository {
  /** The key that signs now; undefined when the class has none yet. */
  active(cls: KeyClass): Promise<SigningKey | undefined>;
  /** All keys whose tokens may still live. */
  list(): Promise<SigningKey[]>;
  add(key: SigningKey): Promise<void>;
}

const CLASSES: readonly KeyClass[] = ['wit', 'hop', 'manifest'];
/** `use` in the bundle. Manifest keys are not in it: routers pin them. */
const BUNDLE_USE: Readonly<Partial<Record<KeyClass, BundleKey['use']>>> = { wit: 'wit-svid', hop: 'mesh-hop' };
/** Seconds between looks at the bundle; a new key is published five of them before it signs. */
const REFRESH_HINT = 300;

/**
 * Sees to it that every class has a key that signs. Call it under the lock of the schema: two stores that start at the
 * same time would each make keys.
 */
export async function ensureKeys(
  repo: KeyRepository,
  clock: { now(): number },
): Promise<Readonly<Record<KeyClass, SigningKey>>> {
  const active: Partial<Record<KeyClass, SigningKey>> = {};
  for (const cls of CLASSES) {
    let key = await repo.active(cls);
    if (key === undefined) {
      key = await generateSigningKey(cls, clock.now());
      await repo.add(key);
    }
    active[cls] = key;
  }
  return active as Record<KeyClass, SigningKey>;
}

/** @param now milliseconds since the epoch */
export async function generateSigningKey(cls: KeyClass, now: number): Promise<SigningKey> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const publicParts = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicParts);
  const names = { kid, alg: 'ES256' };
  return {
    kid,
    class: cls,
    publicJwk: { ...publicParts, ...names } as JsonWebKey,
    privateJwk: { ...(await exportJWK(pair.privateKey)), ...names } as JsonWebKey,
    createdAt: now,
  };
}

/**
 * The public keys of token classes in SPIFFE bundle form, in a stable order.
 * @param sequence grows whenever the keys change
 */
export function trustBundleOf(keys: readonly SigningKey[], trustDomain: string, sequence: number): TrustBundle {
  const published: BundleKey[] = [];
  for (const { kid, class: cls, publicJwk } of [...keys].sort((a, b) => (a.kid < b.kid ? -1 : 1))) {
    const use = BUNDLE_USE[cls];
    const { crv, x, y } = publicJwk;
    if (use === undefined || crv === undefined || x === undefined || y === undefined) continue;
    published.push({ kty: 'EC', kid, use, alg: 'ES256', crv, x, y });
  }
  return {
    kind: 'trust-bundle',
    trustDomain,
    spiffe_sequence: sequence,
    spiffe_refresh_hint: REFRESH_HINT,
    keys: published,
  };
}
