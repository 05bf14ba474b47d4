import { mintWit } from './minting.ts';
import { OAuthError, oauthAnswer, type TokenAnswer } from './oauth-error.ts';
import { type AssertionContext, checkAssertion, checkDpopProof } from './proof-of-key.ts';
import type { SigningKey } from './signing-key.ts';

export interface TokenRequestDeps extends AssertionContext {
  /** `htu` of the DPoP proof, exactly as the metadata document names it. */
  readonly tokenEndpoint: string;
  /** Signs the token: class `wit`. */
  readonly key: SigningKey;
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const WIT_TYPE = 'urn:ietf:params:oauth:token-type:wit';

/**
 * Answers `POST /v1/token`: a workload proves its registered key with a client assertion, and the key that its token is
 * to be bound to with a DPoP proof (RFC 6749 4.4, RFC 7523bis, RFC 9449).
 * @param dpop value of the `DPoP` header; several values joined by commas are refused like any other broken text
 */
export async function answerTokenRequest(
  form: URLSearchParams,
  dpop: string | undefined,
  deps: TokenRequestDeps,
): Promise<TokenAnswer> {
  try {
    const assertion = readForm(form);
    if (dpop === undefined) {
      throw new OAuthError('invalid_dpop_proof', 'a DPoP header must prove the key that the token is to be bound to');
    }
    const { spiffeId, uid } = await checkAssertion(assertion, deps);
    const clientId = form.get('client_id');
    if (clientId !== null && clientId !== spiffeId) {
      throw new OAuthError('invalid_client', 'client_id is not the sub of the client assertion');
    }
    const jwk = await checkDpopProof(dpop, deps);
    const { wit, expiresAt } = await mintWit(deps.key, { spiffeId, uid, jwk, now: deps.now });
    return oauthAnswer(200, {
      access_token: wit,
      issued_token_type: WIT_TYPE,
      token_type: 'N_A',
      expires_in: Math.floor((expiresAt - deps.now) / 1000),
    });
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return oauthAnswer(error.status, { error: error.code, error_description: error.message });
  }
}

/** @returns the client assertion */
function readForm(form: URLSearchParams): string {
  for (const name of form.keys()) {
    if (form.getAll(name).length > 1) throw new OAuthError('invalid_request', 'a parameter was sent more than once');
  }
  const grant = form.get('grant_type');
  if (grant === null) throw new OAuthError('invalid_request', 'grant_type is missing');
  if (grant !== 'client_credentials') {
    throw new OAuthError('unsupported_grant_type', 'grant_type must be client_credentials');
  }
  if (form.get('client_assertion_type') !== ASSERTION_TYPE) {
    throw new OAuthError('invalid_request', `client_assertion_type must be ${ASSERTION_TYPE}`);
  }
  const wanted = form.get('requested_token_type');
  if (wanted !== null && wanted !== WIT_TYPE) {
    throw new OAuthError('invalid_request', `requested_token_type must be ${WIT_TYPE}`);
  }
  const assertion = form.get('client_assertion');
  if (assertion === null) throw new OAuthError('invalid_request', 'client_assertion is missing');
  return assertion;
}
