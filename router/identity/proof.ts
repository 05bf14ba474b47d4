import { CredentialRefused, naming, SKEW } from './claims.ts';
import type { CallerCredentials, CredentialProfile, Judging, Proven } from './credential-profile.ts';
import { bearerToken, lenientText } from './jwt-svid.ts';
import type { ProvenIdentity } from './principal.ts';
import { hashText, type VerifiedWit } from './wit.ts';
import { type VerifiedWpt, verifyWpt } from './wpt.ts';

/** A workload identity token and its proof. */
export interface TokenAndProof {
  readonly wit: string;
  readonly wpt: string;
}

/**
 * A proof that may be sent again to the same service until it expires (draft-ietf-wimse-workload-creds-03, draft-ietf-wimse-wpt-02).
 * Strength `proof`.
 */
export const PROOF: CredentialProfile<TokenAndProof> = {
  extract: pairIn,
  async verify(sent, judging) {
    const { wit, wpt } = await verifyPair(sent, judging);
    if (wpt.bound !== undefined) throw new CredentialRefused('the workload proof token is not plainly for one request');
    return { identity: wit, expiresAt: wpt.expiresAt };
  },
};

/**
 * A proof for one request alone: method, query and body are in it, and it counts once. Of the same drafts, with claims of
 * our own. Strength `strict-proof`.
 */
export const STRICT_PROOF: CredentialProfile<TokenAndProof> = {
  extract(credentials) {
    const pair = pairIn(credentials);
    return pair !== undefined && lenientText(pair.wpt.split('.', 3)[1] ?? '').includes('"htm"') ? pair : undefined;
  },
  async verify(sent, judging) {
    const { wit, wpt } = await verifyPair(sent, judging);
    if (wpt.bound === undefined) throw new CredentialRefused('the workload proof token has no htm');
    const { method, queryDigest, bodyDigest } = wpt.bound;
    const { request, query } = judging.call;
    if (method !== request.method || queryDigest !== (await hashText(query ?? ''))) {
      throw new CredentialRefused(
        'the workload proof token is refused: it is for another method or query',
        'wrong_request',
      );
    }
    const key = `${wit.principal.jkt}.${wpt.jti}`;
    return {
      identity: strictly(wit),
      expiresAt: wpt.expiresAt,
      once: { key, until: wpt.expiresAt + SKEW, bodyDigest },
    };
  },
};

function pairIn({ wit: [wit], wpt: [wpt] }: CallerCredentials): TokenAndProof | undefined {
  return wit === undefined || wpt === undefined ? undefined : { wit, wpt };
}

async function verifyPair(
  sent: TokenAndProof,
  { credentials, audience, snapshot, now, wits }: Judging,
): Promise<{ readonly wit: VerifiedWit; readonly wpt: VerifiedWpt }> {
  const wit = await naming('the workload identity token', wits.verify(sent.wit, snapshot.trust, now));
  const bearer = bearerToken(credentials.authorization);
  const wpt = await naming('the workload proof token', verifyWpt(sent.wpt, { wit, audience, bearer, now }));
  return { wit, wpt };
}

const strictly = ({ principal, kid, issuedAt, uid }: ProvenIdentity): Proven['identity'] => ({
  principal: { ...principal, strength: 'strict-proof' },
  kid,
  issuedAt,
  uid,
});
