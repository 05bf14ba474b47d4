/** An answer of the token endpoint: OAuth JSON, the one place without problem documents (RFC 6749 5). */
export interface TokenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string;
}

export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_target'
  | 'invalid_dpop_proof'
  | 'unsupported_grant_type';

/** A token request that is turned down. The description quotes nothing of what was sent. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly code: OAuthErrorCode;

  constructor(code: OAuthErrorCode, description: string) {
    super(description);
    this.code = code;
  }

  get status(): number {
    return this.code === 'invalid_client' ? 401 : 400;
  }
}

/** Tokens and the words about them are never stored on the way (RFC 6749 5.1). */
export function oauthAnswer(status: number, body: unknown): TokenAnswer {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { status, headers, body: JSON.stringify(body) };
}
