import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { BundleKey, TrustBundle } from '../../snapshot/chunk.ts';
import { type KeyClass, type KeyTimes, REFRESH_HINT } from './key-schedule.ts';

export type { KeyClass } from './key-schedule.ts';

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

/** A signing key without its private part, and where it is in its life. */
export interface KeyRecord extends KeyTimes {
  readonly publicJwk: JsonWebKey;
  /** The generation that told routers of it; null: none yet. */
  readonly generation: number | null;
  /** Of a manifest key: what the key before says of it, compact JWS. */
  readonly endorsement: string | null;
}

/** Where signing keys live. */
export interface KeyRepository {
  /** The key that signs now; undefined when the class has none yet. */
  active(cls: KeyClass): Promise<SigningKey | undefined>;
  /** Every key that there ever was, the oldest first. */
  records(): Promise<KeyRecord[]>;
  /** Takes a published key. @param dueAt from when it may sign, milliseconds since the epoch */
  add(key: SigningKey, dueAt: number, endorsement: string | null): Promise<void>;
  /** One step forward in its life; `removed` forgets the private part. @param at milliseconds since the epoch */
  move(kid: string, to: 'active' | 'retiring' | 'removed', at: number): Promise<void>;
  /** Lets a published key sign earlier, or later. */
  setDue(kid: string, dueAt: number): Promise<void>;
}

/** `use` in the bundle. Manifest keys are not in it: routers pin them. */
const BUNDLE_USE: Readonly<Partial<Record<KeyClass, BundleKey['use']>>> = {
  wit: 'wit-svid',
  jwt: 'jwt-svid',
  hop: 'mesh-hop',
};

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
 * The public keys of a mesh (SPIFFE trust bundle): those that sign, will sign, and whose tokens may still live.
 * @param sequence grows whenever the keys change (`spiffe_sequence`)
 */
export function trustBundleOf(
  keys: readonly (Pick<KeyRecord, 'kid' | 'class' | 'publicJwk'> & { readonly removedAt?: number | null })[],
  trustDomain: string,
  sequence: number,
): TrustBundle {
  const published: BundleKey[] = [];
  for (const { kid, class: cls, publicJwk, removedAt = null } of [...keys].sort((a, b) => (a.kid < b.kid ? -1 : 1))) {
    const use = BUNDLE_USE[cls];
    const { crv, x, y } = publicJwk;
    if (removedAt !== null || use === undefined || crv === undefined || x === undefined || y === undefined) continue;
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
