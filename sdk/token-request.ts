import { decodeJwt } from 'jose';
import { newTokenId, signJws } from './compact-jws.ts';
import type { BoundKey, IdentityPorts, MeshCredential } from './identity.ts';
import { MeshError } from './mesh-error.ts';

/** A question to the token issuer of the mesh (`POST /v1/token`, RFC 6749). */
export interface TokenRequest {
  /** Issuer identifier: the public URL of the policy store, without a trailing slash. */
  readonly issuer: string;
  /** Who the token must be for: any other is not used. */
  readonly spiffeId: string;
  /** The key that the token is to be bound to. */
  readonly key: BoundKey;
  /** What the grant asks for. */
  readonly form: Readonly<Record<string, string>>;
}

/** The issuer answered, and said no. */
export class TokenRefusal extends MeshError {
  /** OAuth error code: `invalid_client`, `invalid_grant`, ... */
  readonly error: string;

  constructor(error: string, message: string) {
    super('identity_unavailable', message);
    this.error = error;
  }
}

const ISSUER_TIMEOUT = 10_000;
/** Seconds an assertion lives. */
const ASSERTION_LIFE = 60;

/**
 * Asks for a workload identity token that is bound to a key, which DPoP proves (RFC 9449).
 * @throws MeshError `identity_unavailable`; TokenRefusal, which is one, when the issuer said no
 */
export async function requestToken(request: TokenRequest, ports: IdentityPorts): Promise<MeshCredential> {
  const tokenEndpoint = await discoverTokenEndpoint(request.issuer, ports);
  const now = ports.now();
  const headers = { dpop: await signDpopProof(request.key, tokenEndpoint, ports) };
  const body = new URLSearchParams(request.form);
  const answer = await ask(tokenEndpoint, { method: 'POST', headers, body }, ports);
  const { access_token: wit, expires_in: seconds, error, error_description: detail } = answer.body;
  if (!answer.ok || typeof wit !== 'string' || typeof seconds !== 'number') {
    const why = String(detail ?? error ?? 'it sent no token');
    throw new TokenRefusal(String(error), `the issuer ${request.issuer} answered ${answer.status}: ${why}`);
  }
  if (subjectOf(wit) !== request.spiffeId) {
    throw new MeshError('identity_unavailable', `the issuer sent a token that is not for ${request.spiffeId}`);
  }
  const life = seconds * 1000;
  const renewAt = now + life * (0.4 + 0.2 * Math.random());
  return { wit, key: request.key.signing, renewAt, expiresAt: now + life };
}

/** The form of a question that a registered key proves (private_key_jwt, RFC 7523bis). */
export async function assertionForm(
  of: Pick<TokenRequest, 'issuer' | 'spiffeId' | 'key'>,
  ports: IdentityPorts,
): Promise<Record<string, string>> {
  const iat = Math.floor(ports.now() / 1000);
  const claims = { iss: of.spiffeId, sub: of.spiffeId, aud: of.issuer, iat, exp: iat + ASSERTION_LIFE };
  const header = { typ: 'client-authentication+jwt', alg: 'ES256' };
  return {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signJws(ports.crypto, of.key.signing, header, {
      ...claims,
      jti: newTokenId(ports.crypto),
    }),
  };
}

function subjectOf(wit: string): string | undefined {
  try {
    return decodeJwt(wit).sub;
  } catch {
    return undefined;
  }
}

/** RFC 8414: the document must be the issuer's own, word for word. */
async function discoverTokenEndpoint(issuer: string, ports: IdentityPorts): Promise<string> {
  const { origin, pathname } = new URL(issuer);
  const url = `${origin}/.well-known/oauth-authorization-server${pathname === '/' ? '' : pathname}`;
  const { ok, status, body } = await ask(url, {}, ports);
  if (!ok) throw new MeshError('identity_unavailable', `${url} answered ${status}: is ${issuer} the policy store?`);
  if (body.issuer !== issuer || typeof body.token_endpoint !== 'string') {
    throw new MeshError('identity_unavailable', `${url} calls its issuer something else than ${issuer}: use its name`);
  }
  return body.token_endpoint;
}

function signDpopProof(key: BoundKey, htu: string, { crypto, now }: IdentityPorts): Promise<string> {
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk };
  const claims = { htm: 'POST', htu, jti: newTokenId(crypto), iat: Math.floor(now() / 1000) };
  return signJws(crypto, key.signing, header, claims);
}

interface IssuerAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Never follows a redirect: an assertion is for one address. */
async function ask(url: string, init: RequestInit, ports: IdentityPorts): Promise<IssuerAnswer> {
  const request = { ...init, redirect: 'manual' as const, signal: AbortSignal.timeout(ISSUER_TIMEOUT) };
  let response: Response;
  try {
    response = await ports.fetch(url, request);
  } catch (error) {
    throw new MeshError('identity_unavailable', `the issuer can not be reached at ${url}`, { cause: error });
  }
  const body: unknown = await response.json().catch(() => undefined);
  const object = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  return { ok: response.status === 200, status: response.status, body: object };
}
