import { decodeBase64Url, encodeBase64Url, readStrictJws } from '../../snapshot/strict-jws.ts';
import { CredentialRefused, checkDates, dateClaim, SKEW } from './claims.ts';
import { importPublicKey } from './es256.ts';
import { issuedIdentity } from './issued-identity.ts';
import type { ProvenIdentity } from './principal.ts';
import type { TrustKeys } from './trust-keys.ts';

/** A workload identity token whose signature and claims hold (SPIFFE WIT-SVID). */
export interface VerifiedWit extends ProvenIdentity {
  /** The key that a proof token must be signed with. */
  readonly boundKey: CryptoKey;
  /** base64url(SHA-256(ASCII text)): what a proof must repeat as `wth`. */
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** No issuer of ours gives a longer life. */
const LONGEST_LIFE = 4 * 3600_000;
const BOUND_KEY_MEMBERS = ['alg', 'crv', 'kty', 'x', 'y'];
const COORDINATE_BYTES = 32;
const encoder = new TextEncoder();

/**
 * @param now milliseconds since the epoch
 * @throws CredentialRefused, JwsRejected
 */
export async function verifyWit(text: string, trust: TrustKeys, now: number): Promise<VerifiedWit> {
  const read = readStrictJws(text, 'wit+jwt', ['kid']);
  const { payload } = read;
  if (payload.aud !== undefined) throw new CredentialRefused('it has an aud, which no workload identity token has');
  const expiresAt = checkDates(payload, now, LONGEST_LIFE + SKEW);
  const boundJwk = readBoundKey(payload.cnf);
  const jkt = await thumbprint(boundJwk);
  const issued = await issuedIdentity(text, read, trust, 'wit-svid', { strength: 'proof', jkt, expiresAt });
  const boundKey = await importPublicKey(boundJwk).catch(() => {
    throw new CredentialRefused('its cnf.jwk is no point on P-256');
  });
  return { ...issued, boundKey, hash: await hashText(text), issuedAt: dateClaim(payload, 'iat'), expiresAt };
}

interface BoundKey {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y: string;
}

/** Exactly a public ES256 key: nothing else may ride along. */
function readBoundKey(cnf: unknown): BoundKey {
  const jwk = isObject(cnf) && Object.keys(cnf).length === 1 ? cnf.jwk : undefined;
  if (!isObject(jwk) || Object.keys(jwk).sort().join() !== BOUND_KEY_MEMBERS.join()) {
    throw new CredentialRefused('its cnf does not hold exactly one public key');
  }
  const { kty, crv, alg, x, y } = jwk;
  if (kty !== 'EC' || crv !== 'P-256' || alg !== 'ES256' || !isCoordinate(x) || !isCoordinate(y)) {
    throw new CredentialRefused('its cnf.jwk is not an ES256 key');
  }
  return { kty, crv, x, y };
}

const isCoordinate = (value: unknown): value is string =>
  typeof value === 'string' && value.length < 64 && decodeBase64Url(value)?.length === COORDINATE_BYTES;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7638: members in this order, no white space. */
const thumbprint = ({ crv, kty, x, y }: BoundKey): Promise<string> => hashText(JSON.stringify({ crv, kty, x, y }));

/** base64url(SHA-256(text)), as `wth`, `ath` and thumbprints want it. */
export async function hashText(text: string): Promise<string> {
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))));
}
