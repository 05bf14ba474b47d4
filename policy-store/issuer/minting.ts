import { CompactSign, importJWK, type JWK, SignJWT } from 'jose';
import { canonicalJson } from '../../snapshot/content.ts';
import { ENDORSEMENT_TYPE, MANIFEST_TYPE, type Manifest } from '../../snapshot/manifest.ts';
import { parseSpiffeId } from '../../snapshot/spiffe-id.ts';
import { encodeBase64Url } from '../../snapshot/strict-jws.ts';
import type { KeyClass, SigningKey } from './signing-key.ts';
import { checkWorkloadKey } from './workload-key.ts';

/** Seconds. */
export const WIT_LIFETIME = 1800;
const LONGEST_WIT = 4 * 3600;
/** Seconds that a JWT-SVID lives: whoever steals one has it for so long. */
export const JWT_SVID_LIFETIME = 120;

/** Who gets a token, and the key that it is bound to. */
export interface WitRequest {
  readonly spiffeId: string;
  /** `metadata.uid` of the Workload: the token dies with it. */
  readonly uid: string;
  /** Public ES256 key that the holder has proven to hold. */
  readonly jwk: JsonWebKey;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly ttlSeconds?: number;
}

/**
 * Mints a workload identity token (WIT-SVID).
 * @returns the token, and when it expires in milliseconds since the epoch
 * @throws TypeError for a key of another class, an ID or bound key that is none, a life of over 4 h
 */
export async function mintWit(key: SigningKey, request: WitRequest): Promise<{ wit: string; expiresAt: number }> {
  const { spiffeId, uid, jwk, now, ttlSeconds = WIT_LIFETIME } = request;
  const trustDomain = parseSpiffeId(spiffeId)?.trustDomain;
  if (trustDomain === undefined) throw new TypeError('the subject is not a SPIFFE ID');
  const wrong = checkWorkloadKey(jwk);
  if (wrong !== undefined) throw new TypeError(`the key to be bound is refused: ${wrong}`);
  if (!(ttlSeconds > 0 && ttlSeconds <= LONGEST_WIT)) throw new TypeError('a token lives at most 4 h');
  const { crv, x, y } = jwk;
  const iat = Math.floor(now / 1000);
  const exp = iat + Math.floor(ttlSeconds);
  const wit = await new SignJWT({
    iss: `spiffe://${trustDomain}`,
    sub: spiffeId,
    iat,
    exp,
    jti: encodeBase64Url(crypto.getRandomValues(new Uint8Array(16))),
    cnf: { jwk: { kty: 'EC', crv, x, y, alg: 'ES256' } },
    'gossamer.mesh/uid': uid,
  })
    .setProtectedHeader({ typ: 'wit+jwt', alg: 'ES256', kid: key.kid })
    .sign(await signingKey(key, 'wit'));
  return { wit, expiresAt: exp * 1000 };
}

/** Who gets a JWT-SVID, and for whom it is. */
export interface JwtSvidRequest extends Pick<WitRequest, 'spiffeId' | 'uid' | 'now'> {
  /** Canonical URI of the one service that it opens. */
  readonly audience: string;
}

/**
 * Mints a JWT-SVID: a bearer token for one service (SPIFFE JWT-SVID 3, with the claims that this mesh asks for).
 * @returns the token, and when it expires in milliseconds since the epoch
 * @throws TypeError for a key of another class, or an ID that is none
 */
export async function mintJwtSvid(
  key: SigningKey,
  { spiffeId, uid, audience, now }: JwtSvidRequest,
): Promise<{ token: string; expiresAt: number }> {
  const trustDomain = parseSpiffeId(spiffeId)?.trustDomain;
  if (trustDomain === undefined) throw new TypeError('the subject is not a SPIFFE ID');
  const iat = Math.floor(now / 1000);
  const exp = iat + JWT_SVID_LIFETIME;
  const token = await new SignJWT({
    iss: `spiffe://${trustDomain}`,
    sub: spiffeId,
    aud: audience,
    iat,
    exp,
    jti: encodeBase64Url(crypto.getRandomValues(new Uint8Array(16))),
    'gossamer.mesh/uid': uid,
  })
    .setProtectedHeader({ typ: 'JWT', alg: 'ES256', kid: key.kid })
    .sign(await signingKey(key, 'jwt'));
  return { token, expiresAt: exp * 1000 };
}

/**
 * Says with the manifest key that signs now which key may sign after it, so that routers that pin the one learn of the
 * other.
 * @throws TypeError for keys of another class
 */
export async function signEndorsement(next: SigningKey, by: SigningKey, now: number): Promise<string> {
  if (next.class !== 'manifest') throw new TypeError(`a key of class ${next.class} signs no manifests`);
  const { kty, crv, x, y } = next.publicJwk;
  return new SignJWT({ kid: next.kid, jwk: { kty, crv, x, y }, iat: Math.floor(now / 1000) })
    .setProtectedHeader({ typ: ENDORSEMENT_TYPE, alg: 'ES256', kid: by.kid })
    .sign(await signingKey(by, 'manifest'));
}

/** Signs the root of a snapshot. @throws TypeError for a key of another class */
export async function signManifest(manifest: Manifest, key: SigningKey): Promise<string> {
  return new CompactSign(new TextEncoder().encode(canonicalJson(manifest)))
    .setProtectedHeader({ typ: MANIFEST_TYPE, alg: 'ES256', kid: key.kid })
    .sign(await signingKey(key, 'manifest'));
}

async function signingKey(key: SigningKey, cls: KeyClass): Promise<CryptoKey> {
  if (key.class !== cls) throw new TypeError(`a key of class ${key.class} must not sign as ${cls}`);
  return (await importJWK(key.privateJwk as JWK, 'ES256')) as CryptoKey;
}
