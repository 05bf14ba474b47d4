import { OAuthError } from './oauth-error.ts';

export const WIT_TYPE = 'urn:ietf:params:oauth:token-type:wit';
export const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JOIN_TOKEN = 'urn:gossamer:params:oauth:grant-type:join-token';
export const GRANT_TYPES = ['client_credentials', TOKEN_EXCHANGE, JOIN_TOKEN];
const SUBJECT_TYPES = ['urn:ietf:params:oauth:token-type:id_token', JWT_TYPE];

/** How a workload proves itself. */
export type Grant =
  | { readonly by: 'key'; readonly assertion: string }
  | { readonly by: 'federation'; readonly subjectToken: string; readonly spiffeId: string }
  | { readonly by: 'join-token'; readonly joinToken: string };

/** What is asked of the token endpoint. */
export interface TokenForm {
  readonly grant: Grant;
  /** A WIT, or a JWT-SVID for this audience. */
  readonly wanted: { readonly type: 'wit' } | { readonly type: 'jwt'; readonly audience: string };
  readonly clientId: string | undefined;
}

/** @throws OAuthError `invalid_request`, `unsupported_grant_type` */
export function readTokenForm(form: URLSearchParams): TokenForm {
  for (const name of form.keys()) {
    if (form.getAll(name).length > 1) throw new OAuthError('invalid_request', 'a parameter was sent more than once');
  }
  return { grant: grantOf(form), wanted: wantedOf(form), clientId: form.get('client_id') ?? undefined };
}

function grantOf(form: URLSearchParams): Grant {
  switch (required(form, 'grant_type')) {
    case 'client_credentials':
      oneOf(form, 'client_assertion_type', [ASSERTION_TYPE]);
      return { by: 'key', assertion: required(form, 'client_assertion') };
    case TOKEN_EXCHANGE:
      oneOf(form, 'subject_token_type', SUBJECT_TYPES);
      return {
        by: 'federation',
        subjectToken: required(form, 'subject_token'),
        spiffeId: required(form, 'spiffe_id'),
      };
    case JOIN_TOKEN:
      return { by: 'join-token', joinToken: required(form, 'join_token') };
    default:
      throw new OAuthError('unsupported_grant_type', `grant_type must be one of ${GRANT_TYPES.join(', ')}`);
  }
}

function wantedOf(form: URLSearchParams): TokenForm['wanted'] {
  const type = form.get('requested_token_type') ?? WIT_TYPE;
  if (type === JWT_TYPE) return { type: 'jwt', audience: required(form, 'audience') };
  if (type !== WIT_TYPE) {
    throw new OAuthError('invalid_request', `requested_token_type must be ${WIT_TYPE} or ${JWT_TYPE}`);
  }
  if (form.has('audience')) throw new OAuthError('invalid_request', 'a WIT has no audience: its proofs have');
  return { type: 'wit' };
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value === null || value === '') throw new OAuthError('invalid_request', `${name} is missing`);
  return value;
}

function oneOf(form: URLSearchParams, name: string, values: readonly string[]): void {
  if (!values.includes(form.get(name) ?? '')) {
    throw new OAuthError('invalid_request', `${name} must be ${values.join(' or ')}`);
  }
}
