import type { Revocations } from '../../snapshot/manifest.ts';
import { checkSubjectToken, type SubjectContext } from './federation.ts';
import { mintJwtSvid, mintWit } from './minting.ts';
import { OAuthError, oauthAnswer, type TokenAnswer } from './oauth-error.ts';
import { type AssertionContext, checkAssertion, checkDpopProof } from './proof-of-key.ts';
import type { SigningKey } from './signing-key.ts';
import { JWT_TYPE, readTokenForm, type TokenForm, WIT_TYPE } from './token-form.ts';

/** Who gets a token. */
interface Proven {
  readonly spiffeId: string;
  /** `metadata.uid` of the Workload. */
  readonly uid: string;
}

export interface TokenRequestDeps extends AssertionContext, SubjectContext {
  /** `htu` of the DPoP proof, exactly as the metadata document names it. */
  readonly tokenEndpoint: string;
  /** The key of a class that signs now. */
  signingKey(cls: 'wit' | 'jwt'): Promise<SigningKey>;
  /** Takes a join token once, and registers the key for its Workload; undefined: it is none, or no longer one. */
  redeem(joinToken: string, jwk: JsonWebKey): Promise<Proven | undefined>;
  /** Whether this is the canonical URI of a service that accepts JWT-SVIDs. */
  takesBearer(audience: string): Promise<boolean>;
  /** Who gets no tokens any more. */
  readonly revoked: Pick<Revocations, 'ids' | 'jkts'>;
}

/**
 * Answers `POST /v1/token`. A workload proves itself with a registered key (RFC 7523bis), the token of an outside issuer
 * (RFC 8693) or a join token, and the key that its token is to be bound to with a DPoP proof (RFC 9449). A JWT-SVID is bound
 * to no key: who asks for one may leave the proof out.
 * @param dpop value of the `DPoP` header; several values joined by commas are refused like any other broken text
 */
export async function answerTokenRequest(
  form: URLSearchParams,
  dpop: string | undefined,
  deps: TokenRequestDeps,
): Promise<TokenAnswer> {
  try {
    return oauthAnswer(200, await tokenFor(readTokenForm(form), dpop, deps));
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return oauthAnswer(error.status, { error: error.code, error_description: error.message });
  }
}

async function tokenFor(form: TokenForm, dpop: string | undefined, deps: TokenRequestDeps): Promise<object> {
  const { wanted, grant } = form;
  if (dpop === undefined && (wanted.type === 'wit' || grant.by === 'join-token')) {
    throw new OAuthError('invalid_dpop_proof', 'a DPoP header must prove the key that the token is to be bound to');
  }
  if (wanted.type === 'jwt' && !(await deps.takesBearer(wanted.audience))) {
    const advice = 'audience must be the URI of a service with `authn: bearer`, like http://orders.shop.mesh';
    throw new OAuthError('invalid_target', advice);
  }
  // A join token is good once: what else could be wrong is looked at before.
  const early = grant.by === 'join-token' ? undefined : await proven(form, deps);
  const jwk = dpop === undefined ? undefined : await checkDpopProof(dpop, deps);
  const subject = early ?? (await redeemed(grant, jwk, deps));
  if (deps.revoked.ids.includes(subject.spiffeId)) {
    throw new OAuthError(grant.by === 'key' ? 'invalid_client' : 'invalid_grant', 'this identity is revoked');
  }
  if (wanted.type === 'jwt') return jwtAnswer(subject, wanted.audience, deps);
  if (jwk === undefined) throw new OAuthError('invalid_dpop_proof', 'the key to be bound is not proven');
  return witAnswer(subject, jwk, deps);
}

async function proven({ grant, clientId }: TokenForm, deps: TokenRequestDeps): Promise<Proven> {
  if (grant.by === 'key') {
    const subject = await checkAssertion(grant.assertion, deps);
    if (clientId === undefined || clientId === subject.spiffeId) return subject;
    throw new OAuthError('invalid_client', 'client_id is not the sub of the client assertion');
  }
  if (grant.by !== 'federation') throw new OAuthError('invalid_request', 'this grant proves nothing by itself');
  const workload = await deps.workload(grant.spiffeId);
  await checkSubjectToken(grant.subjectToken, workload?.federation ?? [], deps);
  // Without a workload there is no rule, and the check above has thrown.
  return { spiffeId: grant.spiffeId, uid: workload?.uid ?? '' };
}

async function redeemed(
  grant: TokenForm['grant'],
  jwk: JsonWebKey | undefined,
  deps: TokenRequestDeps,
): Promise<Proven> {
  const subject = grant.by === 'join-token' && jwk !== undefined ? await deps.redeem(grant.joinToken, jwk) : undefined;
  if (subject !== undefined) return subject;
  throw new OAuthError('invalid_grant', 'the join token is unknown, used or expired: ask for another one');
}

async function witAnswer({ spiffeId, uid }: Proven, jwk: JsonWebKey, deps: TokenRequestDeps): Promise<object> {
  const { now } = deps;
  const { wit, expiresAt } = await mintWit(await deps.signingKey('wit'), { spiffeId, uid, jwk, now });
  return {
    access_token: wit,
    issued_token_type: WIT_TYPE,
    token_type: 'N_A',
    expires_in: Math.floor((expiresAt - now) / 1000),
  };
}

async function jwtAnswer({ spiffeId, uid }: Proven, audience: string, deps: TokenRequestDeps): Promise<object> {
  const { now } = deps;
  const { token, expiresAt } = await mintJwtSvid(await deps.signingKey('jwt'), { spiffeId, uid, audience, now });
  return {
    access_token: token,
    issued_token_type: JWT_TYPE,
    token_type: 'Bearer',
    expires_in: Math.floor((expiresAt - now) / 1000),
  };
}
