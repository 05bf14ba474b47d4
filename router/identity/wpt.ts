import { readStrictJws } from '../../snapshot/strict-jws.ts';
import { CredentialRefused, checkDates, textClaim } from './claims.ts';
import { isSignedBy } from './es256.ts';
import { hashText, type VerifiedWit } from './wit.ts';

/** What a proof is judged against. */
export interface ProofContext {
  readonly wit: VerifiedWit;
  /** The called service's canonical URI, from configuration and never from Host: `http://orders.shop.mesh`. */
  readonly audience: string;
  /** The token of `Authorization: Bearer`, if one goes with the request. */
  readonly bearer: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What a proof says that holds. */
export interface VerifiedWpt {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly jti: string;
  /** The request that it was made for; undefined: it may be sent again with others. */
  readonly bound: BoundRequest | undefined;
}

/** Claims of a proof that is good for one request alone. */
export interface BoundRequest {
  readonly method: string;
  /** base64url(SHA-256) of the raw query and of the body; of the empty string where there is none. */
  readonly queryDigest: string;
  readonly bodyDigest: string;
}

/** How far ahead a proof may expire, milliseconds. */
const LONGEST_AHEAD = 90_000;
const QUERY_DIGEST = 'gossamer.mesh/q';
const BODY_DIGEST = 'gossamer.mesh/bd';
/** SHA-256 in base64url. */
const DIGEST_LENGTH = 43;

/**
 * Judges a workload proof token (draft-ietf-wimse-wpt-02). Claims that it does not know are ignored, except those that
 * bind other tokens: none of these is in a request of this mesh.
 * @throws CredentialRefused, JwsRejected
 */
export async function verifyWpt(text: string, { wit, audience, bearer, now }: ProofContext): Promise<VerifiedWpt> {
  const { payload } = readStrictJws(text, 'wpt+jwt', []);
  const expiresAt = checkDates(payload, now, LONGEST_AHEAD);
  const jti = textClaim(payload, 'jti');
  const bound = boundRequest(payload);
  if (payload.wth !== wit.hash)
    throw new CredentialRefused('its wth is not the hash of the workload identity token', 'wrong_binding');
  if (payload.aud !== audience) throw new CredentialRefused('its aud is not the called service', 'wrong_audience');
  if (payload.tth !== undefined || payload.oth !== undefined) {
    throw new CredentialRefused('it binds a token that is not in the request', 'wrong_binding');
  }
  await checkAccessTokenHash(payload.ath, bearer);
  if (!(await isSignedBy(text, wit.boundKey))) {
    throw new CredentialRefused(
      'it is not signed with the key that the workload identity token is bound to',
      'wrong_key',
    );
  }
  return { expiresAt, jti, bound };
}

/** `htm` makes a proof single-use: then all three must be there. */
function boundRequest(payload: Readonly<Record<string, unknown>>): BoundRequest | undefined {
  if (payload.htm === undefined) return undefined;
  return {
    method: textClaim(payload, 'htm', 32),
    queryDigest: textClaim(payload, QUERY_DIGEST, DIGEST_LENGTH),
    bodyDigest: textClaim(payload, BODY_DIGEST, DIGEST_LENGTH),
  };
}

async function checkAccessTokenHash(ath: unknown, bearer: string | undefined): Promise<void> {
  if (bearer === undefined) {
    if (ath !== undefined)
      throw new CredentialRefused('its ath binds a bearer token that is not in the request', 'wrong_binding');
    return;
  }
  if (ath === undefined)
    throw new CredentialRefused('it has no ath, although a bearer token goes with it', 'wrong_binding');
  if (ath !== (await hashText(bearer)))
    throw new CredentialRefused('its ath is not the hash of the bearer token', 'wrong_binding');
}
