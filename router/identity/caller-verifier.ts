import type { Revocations } from '../../snapshot/manifest.ts';
import { type MaybePromise, Refusal } from '../exchange.ts';
import type { Clock, ReplayStore } from '../ports.ts';
import { bodyDigest } from '../resilience/digest-body.ts';
import { type CredentialCheck, CredentialRefused, SKEW } from './claims.ts';
import type {
  CallerCredentials,
  CallToProve,
  CredentialProfile,
  IdentitySnapshot,
  Judging,
  Proven,
  SingleUse,
} from './credential-profile.ts';
import { BEARER, bearerToken, workloadTokenIn } from './jwt-svid.ts';
import { ParentCalls } from './parent-call.ts';
import type { ProvenIdentity } from './principal.ts';
import { PROOF, STRICT_PROOF } from './proof.ts';
import { RecentlyUsed } from './recently-used.ts';
import { ReplayGuard } from './replay-guard.ts';
import { revokedBecause } from './revocation.ts';
import type { TrustKeys } from './trust-keys.ts';
import { VerifiedWits } from './verified-wits.ts';

/** A credential that was found good, and everything that it was good for. */
interface CachedProof {
  /** Undefined: a bearer token, which is its own proof. */
  readonly witText: string | undefined;
  readonly audience: string;
  readonly authorization: string | undefined;
  readonly trust: TrustKeys;
  readonly identity: ProvenIdentity;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface CallerVerifierPorts {
  readonly clock: Clock;
  /** What routers share; absent where there is none. */
  readonly replay?: ReplayStore;
}

const DEFAULT_CACHE_SIZE = 4096;

/**
 * Establishes who calls, by one of the credential profiles. What may be sent again is verified once and remembered by
 * its exact text until it expires or the trust bundle changes, so the warm path costs no promise and no crypto.
 * Revocations are judged on every call.
 */
export class CallerVerifier {
  readonly #proofs: RecentlyUsed<string, CachedProof>;
  readonly #wits: VerifiedWits;
  /** Reads what callers hand on of the calls that they serve. */
  readonly parents: ParentCalls;
  readonly #clock: Clock;
  readonly #replay: ReplayGuard;

  /** @param options.cacheSize credentials, and as many identity tokens, that are remembered */
  constructor(ports: CallerVerifierPorts, options: { readonly cacheSize?: number } = {}) {
    const size = options.cacheSize ?? DEFAULT_CACHE_SIZE;
    this.#proofs = new RecentlyUsed(size);
    this.#wits = new VerifiedWits(size);
    this.parents = new ParentCalls(size);
    this.#clock = ports.clock;
    this.#replay = new ReplayGuard(ports);
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
    call: CallToProve,
  ): MaybePromise<ProvenIdentity | Refusal> {
    const { wit, wpt, authorization } = credentials;
    if (wit.length > 1 || wpt.length > 1) return invalid('an identity header was sent more than once', 'sent_twice');
    const [witText] = wit;
    const [wptText] = wpt;
    if (wptText === undefined) return this.#withoutProof(credentials, audience, snapshot, now, call);
    if (witText === undefined)
      return invalid('a workload proof token was sent without its workload identity token', 'identity_missing');
    const cached = this.#proofs.get(wptText);
    if (cached !== undefined && isStillGood(cached, witText, audience, authorization, snapshot.trust, now)) {
      return judge(cached.identity, snapshot.revocations, 'the workload identity token');
    }
    const misplaced = misplacedToken(authorization, snapshot);
    if (misplaced !== undefined) return misplaced;
    const judging: Judging = { credentials, audience, snapshot, now, call, wits: this.#wits };
    return this.#verifyCold(wptText, judging);
  }

  /** A bearer token, half a credential, or nothing. */
  #withoutProof(
    credentials: CallerCredentials,
    audience: string,
    snapshot: IdentitySnapshot,
    now: number,
    call: CallToProve,
  ): MaybePromise<ProvenIdentity | Refusal> {
    const { wit, authorization } = credentials;
    const bearer = bearerToken(authorization);
    const takesBearer = call.service.chunk.authn === 'bearer';
    // What was verified before is known for what it is: to tell takes longer than all the rest.
    const cached = takesBearer && bearer !== undefined && wit.length === 0 ? this.#proofs.get(bearer) : undefined;
    if (cached !== undefined && isStillGood(cached, undefined, audience, authorization, snapshot.trust, now)) {
      return asBearer(judge(cached.identity, snapshot.revocations, 'the JWT-SVID'));
    }
    const claimsToBe = bearer === undefined ? undefined : workloadTokenIn(bearer, snapshot.mesh.trustDomain);
    if (claimsToBe === 'wit') return sentAsBearer();
    if (wit.length > 0)
      return invalid('a workload identity token was sent without a workload proof token', 'proof_missing');
    if (bearer === undefined || claimsToBe === undefined) return nothingSent(takesBearer);
    if (!takesBearer) {
      return invalid('a JWT-SVID is not enough for this service: send a proof of the key', 'too_weak');
    }
    const judging: Judging = { credentials, audience, snapshot, now, call, wits: this.#wits };
    return this.#verifyCold(bearer, judging).then(asBearer);
  }

  /** @param text what is remembered where it may be sent again */
  async #verifyCold(text: string, judging: Judging): Promise<ProvenIdentity | Refusal> {
    const { credentials, audience, snapshot } = judging;
    try {
      const proven = await verifyBy(PROFILES, judging);
      if (proven === undefined) return nothingSent(judging.call.service.chunk.authn === 'bearer');
      const { identity, expiresAt, once } = proven;
      const what = credentials.wit.length > 0 ? 'the workload identity token' : 'the JWT-SVID';
      const judged = judge(identity, snapshot.revocations, what);
      if (judged instanceof Refusal) return judged;
      if (once !== undefined) return (await this.#useUp(once, judging)) ?? judged;
      const [witText] = credentials.wit;
      const { authorization } = credentials;
      this.#proofs.set(text, { witText, audience, authorization, trust: snapshot.trust, identity, expiresAt });
      return judged;
    } catch (error) {
      if (error instanceof CredentialRefused) return invalid(error.message, error.check);
      throw error;
    }
  }

  /** The body first: a proof is used up by the request that it was made for, and by no other. */
  async #useUp(once: SingleUse, { call, snapshot }: Judging): Promise<Refusal | undefined> {
    const digest = await bodyDigest(this.#clock, call);
    if (digest instanceof Refusal) return digest;
    if (digest !== once.bodyDigest) {
      return invalid('the workload proof token is refused: it is for another body', 'wrong_request');
    }
    return this.#replay.use(once, snapshot.mesh.replayProtection ?? 'best-effort');
  }
}

/** The first whose credential the request carries is the one that is judged. */
const PROFILES: readonly CredentialProfile[] = [
  STRICT_PROOF as CredentialProfile,
  PROOF as CredentialProfile,
  BEARER as CredentialProfile,
];

function verifyBy(profiles: readonly CredentialProfile[], judging: Judging): Promise<Proven> | undefined {
  for (const profile of profiles) {
    const sent = profile.extract(judging.credentials);
    if (sent !== undefined) return profile.verify(sent, judging);
  }
  return undefined;
}

/** A credential is good for exactly the token, service and bearer token that it was judged with. */
function isStillGood(
  cached: CachedProof,
  witText: string | undefined,
  audience: string,
  authorization: string | undefined,
  trust: TrustKeys,
  now: number,
): boolean {
  return (
    cached.expiresAt > now - SKEW &&
    cached.identity.principal.expiresAt > now - SKEW &&
    cached.audience === audience &&
    cached.witText === witText &&
    cached.authorization === authorization &&
    cached.trust === trust
  );
}

function judge(identity: ProvenIdentity, revocations: Revocations, what: string): ProvenIdentity | Refusal {
  const because = revokedBecause(identity, revocations);
  return because === undefined ? identity : invalid(`${what} is refused: ${because}`, 'revoked');
}

/** Workloads' tokens that stand where an end user's belongs, next to a proof. */
function misplacedToken(authorization: string | undefined, snapshot: IdentitySnapshot): Refusal | undefined {
  const bearer = bearerToken(authorization);
  const claimsToBe = bearer === undefined ? undefined : workloadTokenIn(bearer, snapshot.mesh.trustDomain);
  if (claimsToBe === 'wit') return sentAsBearer();
  return claimsToBe && invalid('a JWT-SVID was sent beside a proof: one caller proves one identity', 'sent_twice');
}

/** In bearer mode what is wrong is 401 with a challenge (RFC 6750 3), never 400. */
const asBearer = (judged: ProvenIdentity | Refusal): ProvenIdentity | Refusal =>
  judged instanceof Refusal ? new Refusal(judged.reason, judged.detail, { status: 401, check: judged.check }) : judged;

const sentAsBearer = (): Refusal =>
  invalid(
    'a workload identity token must not be sent as Authorization: Bearer, where it proves nothing',
    'sent_as_bearer',
  );

const invalid = (detail: string, check: CredentialCheck): Refusal => new Refusal('token_invalid', detail, { check });

const nothingSent = (takesBearer: boolean): Refusal =>
  new Refusal(
    'unauthenticated',
    takesBearer
      ? 'this service asks for a workload identity: send a JWT-SVID as Authorization: Bearer, or Workload-Identity-Token and Workload-Proof-Token'
      : 'this service asks for a workload identity: send Workload-Identity-Token and Workload-Proof-Token',
    takesBearer ? { challenge: 'Workload-Identity, Bearer realm="mesh"' } : {},
  );
