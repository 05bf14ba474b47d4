import { SignJWT } from 'jose';
import { type IdentityPorts, importSigningKey, type MeshCredential, type MeshIdentity } from './identity.ts';
import { MeshError } from './mesh-error.ts';
import { Renewed } from './renewed.ts';

export interface RegisteredKeyOptions {
  readonly spiffeId: string;
  /** Private ES256 JWK whose public part stands in the Workload's `spec.keys`. On Workers: a secret. */
  readonly privateJwk: JsonWebKey;
  /** Issuer identifier of the mesh: the public URL of the policy store, without a trailing slash. */
  readonly issuer: string;
}

/** Seconds an assertion lives. */
const ASSERTION_LIFE = 60;
const ISSUER_TIMEOUT = 10_000;

/**
 * An identity whose key is registered with the mesh: it proves the key to the issuer (private_key_jwt, RFC 7523bis) and
 * has its tokens bound to the same key, so revoking the key ends both. Tokens are renewed at half of their life and used
 * to their end when the issuer is down.
 */
export function registeredKey(options: RegisteredKeyOptions): MeshIdentity {
  const renewed = new Renewed<MeshCredential>();
  let key: CryptoKey | undefined;
  return {
    spiffeId: options.spiffeId,
    credential(ports) {
      const renew = async (): Promise<MeshCredential> => {
        key ??= await importSigningKey(options.privateJwk);
        return requestToken(options, key, ports);
      };
      return renewed.get(ports.now(), renew, (error) => ports.warn(`the token was not renewed: ${String(error)}`));
    },
  };
}

async function requestToken(
  options: RegisteredKeyOptions,
  key: CryptoKey,
  ports: IdentityPorts,
): Promise<MeshCredential> {
  const tokenEndpoint = await discoverTokenEndpoint(options.issuer, ports);
  const now = ports.now();
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signAssertion(options, key, now),
  });
  const headers = { dpop: await signDpopProof(options.privateJwk, key, tokenEndpoint, now) };
  const answer = await ask(tokenEndpoint, { method: 'POST', headers, body: form }, ports);
  const { access_token: wit, expires_in: seconds } = answer.body;
  if (!answer.ok || typeof wit !== 'string' || typeof seconds !== 'number') {
    const why = String(answer.body.error_description ?? answer.body.error ?? 'it sent no token');
    throw new MeshError('identity_unavailable', `the issuer ${options.issuer} answered ${answer.status}: ${why}`);
  }
  const life = seconds * 1000;
  return { wit, key, renewAt: now + life * (0.4 + 0.2 * Math.random()), expiresAt: now + life };
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

const signAssertion = (options: RegisteredKeyOptions, key: CryptoKey, now: number): Promise<string> =>
  new SignJWT({ jti: crypto.randomUUID() })
    .setProtectedHeader({ typ: 'client-authentication+jwt', alg: 'ES256' })
    .setIssuer(options.spiffeId)
    .setSubject(options.spiffeId)
    .setAudience(options.issuer)
    .setIssuedAt(Math.floor(now / 1000))
    .setExpirationTime(Math.floor(now / 1000) + ASSERTION_LIFE)
    .sign(key);

function signDpopProof(privateJwk: JsonWebKey, key: CryptoKey, htu: string, now: number): Promise<string> {
  const { crv, x = '', y = '' } = privateJwk;
  return new SignJWT({ htm: 'POST', htu, jti: crypto.randomUUID() })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty: 'EC', crv: crv as 'P-256', x, y } })
    .setIssuedAt(Math.floor(now / 1000))
    .sign(key);
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
