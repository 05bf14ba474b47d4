import type { MeshSettings, Revocations } from '../../snapshot/manifest.ts';
import { decodeBase64Url, JwsRejected, TOKEN_LIMITS } from '../../snapshot/strict-jws.ts';
import { type MaybePromise, Refusal } from '../exchange.ts';
import { type CredentialCheck, CredentialRefused, SKEW } from './claims.ts';
import type { Principal } from './principal.ts';
import { RecentlyUsed } from './recently-used.ts';
import { revokedBecause } from './revocation.ts';
import type { TrustKeys } from './trust-keys.ts';
import { type VerifiedWit, verifyWit } from './wit.ts';
import { verifyWpt } from './wpt.ts';

/** Identity headers as sent, every value. */
export interface CallerCredentials {
  readonly wit: readonly string[];
  readonly wpt: readonly string[];
  readonly authorization: string | undefined;
}

/** What of a pinned snapshot a credential is judged by. */
export interface IdentitySnapshot {
  readonly trust: TrustKeys;
  readonly revocations: Revocations;
  readonly mesh: MeshSettings;
}

/** A proof that was found good, and everything that it was good for. */
interface CachedProof {
  readonly witText: string;
  readonly audience: string;
  readonly authorization: string | undefined;
  readonly trust: TrustKeys;
  readonly wit: VerifiedWit;
  /** Of the proof; milliseconds since the epoch. */
  readonly expiresAt: number;
}

interface CachedWit {
  readonly trust: TrustKeys;
  readonly wit: VerifiedWit;
}

const DEFAULT_CACHE_SIZE = 4096;

/**
 * Establishes who calls from a workload identity token and the proof that goes with it. Both are verified once and
 * remembered by their exact text until one expires or the trust bundle changes, so the warm path costs no promise and
 * no crypto. Revocations are judged on every call.
 */
export class CallerVerifier {
  readonly #proofs: RecentlyUsed<string, CachedProof>;
  readonly #wits: RecentlyUsed<string, CachedWit>;

  /** @param options.cacheSize proofs, and as many identity tokens, that are remembered */
  constructor(options: { readonly cacheSize?: number } = {}) {
    const size = options.cacheSize ?? DEFAULT_CACHE_SIZE;
    this.#proofs = new RecentlyUsed(size);
    this.#wits = new RecentlyUsed(size);
  }

  /**
   * @param audience canonical URI of the called service without port and path
   * @param now milliseconds since the epoch
   * @returns `unauthenticated` when nothing was sent, `token_invalid` when what was sent does not hold
   */
  verify(
    credentials: CallerCredentials,
    audience: string,
    snapshot: IdentitySnapshot,
    now: number,
  ): MaybePromise<Principal | Refusal> {
    const { wit, wpt, authorization } = credentials;
    const bearer = bearerToken(authorization);
    if (bearer !== undefined && looksLikeWit(bearer)) {
      return invalid(
        'a workload identity token must not be sent as Authorization: Bearer, where it proves nothing',
        'sent_as_bearer',
      );
    }
    if (wit.length === 0 && wpt.length === 0) return nothingSent();
    if (wit.length > 1 || wpt.length > 1) return invalid('an identity header was sent more than once', 'sent_twice');
    const [witText] = wit;
    const [wptText] = wpt;
    if (witText === undefined)
      return invalid('a workload proof token was sent without its workload identity token', 'identity_missing');
    if (wptText === undefined)
      return invalid('a workload identity token was sent without a workload proof token', 'proof_missing');
    const cached = this.#proofs.get(wptText);
    if (cached !== undefined && isStillGood(cached, { witText, audience, authorization, trust: snapshot.trust }, now)) {
      return judge(cached.wit, snapshot.revocations);
    }
    return this.#verifyCold(witText, wptText, { audience, authorization, bearer, snapshot, now });
  }

  async #verifyCold(
    witText: string,
    wptText: string,
    call: {
      readonly audience: string;
      readonly authorization: string | undefined;
      readonly bearer: string | undefined;
      readonly snapshot: IdentitySnapshot;
      readonly now: number;
    },
  ): Promise<Principal | Refusal> {
    const { audience, authorization, bearer, snapshot, now } = call;
    let what = 'the workload identity token';
    try {
      const wit = await this.#wit(witText, snapshot.trust, now);
      what = 'the workload proof token';
      const expiresAt = await verifyWpt(wptText, { wit, audience, bearer, now });
      this.#proofs.set(wptText, { witText, audience, authorization, trust: snapshot.trust, wit, expiresAt });
      return judge(wit, snapshot.revocations);
    } catch (error) {
      if (error instanceof CredentialRefused || error instanceof JwsRejected) {
        const check = error instanceof CredentialRefused ? error.check : 'malformed';
        return invalid(`${what} is refused: ${error.message}`, check);
      }
      throw error;
    }
  }

  async #wit(text: string, trust: TrustKeys, now: number): Promise<VerifiedWit> {
    const cached = this.#wits.get(text);
    if (cached !== undefined && cached.trust === trust && cached.wit.expiresAt > now - SKEW) return cached.wit;
    const wit = await verifyWit(text, trust, now);
    this.#wits.set(text, { trust, wit });
    return wit;
  }
}

/** A proof is good for exactly the token, service and bearer token that it was judged with. */
function isStillGood(
  cached: CachedProof,
  call: Pick<CachedProof, 'witText' | 'audience' | 'authorization' | 'trust'>,
  now: number,
): boolean {
  return (
    cached.expiresAt > now - SKEW &&
    cached.wit.expiresAt > now - SKEW &&
    cached.audience === call.audience &&
    cached.witText === call.witText &&
    cached.authorization === call.authorization &&
    cached.trust === call.trust
  );
}

function judge(wit: VerifiedWit, revocations: Revocations): Principal | Refusal {
  const because = revokedBecause(wit, revocations);
  return because === undefined
    ? wit.principal
    : invalid(`the workload identity token is refused: ${because}`, 'revoked');
}

/** The token of a Bearer scheme, whose name is case-insensitive (RFC 9110 11.1). */
function bearerToken(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /^bearer\s+(\S.*)$/i.exec(authorization)?.[1];
}

/** A WIT in Authorization was stolen or sent by mistake: its `typ` tells. */
function looksLikeWit(bearer: string): boolean {
  const dot = bearer.indexOf('.');
  if (dot <= 0 || dot > TOKEN_LIMITS.header * 2) return false;
  const header = decodeBase64Url(bearer.slice(0, dot));
  return header !== undefined && /wit\+jwt/i.test(String.fromCharCode(...header));
}

const invalid = (detail: string, check: CredentialCheck): Refusal => new Refusal('token_invalid', detail, { check });

const nothingSent = (): Refusal =>
  new Refusal(
    'unauthenticated',
    'this service asks for a workload identity: send Workload-Identity-Token and Workload-Proof-Token',
  );
