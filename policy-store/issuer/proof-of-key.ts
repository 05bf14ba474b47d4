import { calculateJwkThumbprint, compactVerify, importJWK, type JWK } from 'jose';
import { parseSpiffeId } from '../../snapshot/spiffe-id.ts';
import { JwsRejected, readStrictJws, type StrictJws } from '../../snapshot/strict-jws.ts';
import type { FederationRule } from './federation.ts';
import { OAuthError, type OAuthErrorCode } from './oauth-error.ts';
import { checkWorkloadKey } from './workload-key.ts';

/** A Workload as the issuer needs it. */
export interface RegisteredWorkload {
  /** `metadata.uid`. */
  readonly uid: string;
  /** Public keys of `spec.keys`, and those that joined. */
  readonly keys: readonly JsonWebKey[];
  /** `spec.federation`; absent: nobody outside vouches for it. */
  readonly federation?: readonly FederationRule[];
}

/** What an assertion is judged by. */
export interface AssertionContext {
  /** The issuer identifier: the only audience that is accepted. */
  readonly issuer: string;
  workload(spiffeId: string): Promise<RegisteredWorkload | undefined>;
  /** Takes `jti` once. False: it was used before. `expiresAt`: how long to remember it, ms since the epoch. */
  useOnce(jti: string, expiresAt: number): Promise<boolean>;
  /** Thumbprints of keys that prove nothing any more. */
  readonly revoked: { readonly jkts: readonly string[] };
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const SKEW = 5_000;
const LONGEST_ASSERTION = 300_000;
/** How old or how far ahead the `iat` of a DPoP proof may be, milliseconds. */
const DPOP_WINDOW = 60_000;
/** One answer for every subject that does not prove itself, so that nobody learns who is registered. */
const UNPROVEN = 'no registered key of this workload verifies the assertion';

/**
 * Judges a client assertion (private_key_jwt, RFC 7523bis).
 * @throws OAuthError `invalid_client`
 */
export async function checkAssertion(
  text: string,
  context: AssertionContext,
): Promise<{ readonly spiffeId: string; readonly uid: string }> {
  const refuse = (why: string): OAuthError => new OAuthError('invalid_client', `the client assertion: ${why}`);
  const { payload } = readAssertion(text);
  const { iss, sub, aud } = payload;
  if (typeof sub !== 'string' || parseSpiffeId(sub) === undefined) throw refuse('its sub is not a SPIFFE ID');
  if (iss !== sub) throw refuse('its iss is not its sub');
  if (aud !== context.issuer) throw refuse('its aud is not exactly the issuer identifier');
  const exp = dateOf(payload.exp);
  if (exp === undefined || exp <= context.now - SKEW) throw refuse('it has expired, or has no exp');
  if (exp > context.now + LONGEST_ASSERTION + SKEW) throw refuse('its exp is more than 5 minutes ahead');
  for (const name of ['iat', 'nbf']) {
    const date = payload[name] === undefined ? 0 : dateOf(payload[name]);
    if (date === undefined || date > context.now + SKEW) throw refuse(`its ${name} lies in the future or is malformed`);
  }
  const jti = jtiOf(payload.jti);
  if (jti === undefined) throw refuse('its jti is missing or malformed');
  const workload = await context.workload(sub);
  const key = await signerOf(text, workload?.keys ?? []);
  if (workload === undefined || key === undefined) throw refuse(UNPROVEN);
  if (await isRevoked(key, context)) throw refuse('its key is revoked');
  if (!(await context.useOnce(`assertion ${sub} ${jti}`, exp + SKEW))) throw refuse('its jti was used before');
  return { spiffeId: sub, uid: workload.uid };
}

/** `kid` may be given or not. */
function readAssertion(text: string): StrictJws {
  const typ = 'client-authentication+jwt';
  try {
    return readStrictJws(text, typ, ['kid']);
  } catch (error) {
    if (!(error instanceof JwsRejected)) throw error;
  }
  return readOrRefuse('invalid_client', 'the client assertion', () => readStrictJws(text, typ, []));
}

/**
 * Judges a DPoP proof (RFC 9449) of the key that the token is to be bound to.
 * @returns that key
 * @throws OAuthError `invalid_dpop_proof`
 */
export async function checkDpopProof(
  text: string,
  context: Pick<AssertionContext, 'now' | 'useOnce' | 'revoked'> & { readonly tokenEndpoint: string },
): Promise<JsonWebKey> {
  const refuse = (why: string): OAuthError => new OAuthError('invalid_dpop_proof', `the DPoP proof: ${why}`);
  const { header, payload } = readOrRefuse('invalid_dpop_proof', 'the DPoP proof', () =>
    readStrictJws(text, 'dpop+jwt', ['jwk']),
  );
  const wrong = checkWorkloadKey(header.jwk);
  if (wrong !== undefined) throw refuse(`its jwk is refused: ${wrong}`);
  const jwk = header.jwk as JsonWebKey;
  if (payload.htm !== 'POST') throw refuse('its htm is not POST');
  if (payload.htu !== context.tokenEndpoint) throw refuse('its htu is not the token endpoint');
  const iat = dateOf(payload.iat);
  if (iat === undefined || Math.abs(iat - context.now) > DPOP_WINDOW) throw refuse('its iat is not of now');
  const jti = jtiOf(payload.jti);
  if (jti === undefined) throw refuse('its jti is missing or malformed');
  if ((await signerOf(text, [jwk])) === undefined) throw refuse('its signature does not hold');
  if (await isRevoked(jwk, context)) throw refuse('its key is revoked');
  const jkt = await calculateJwkThumbprint(jwk as JWK);
  if (!(await context.useOnce(`dpop ${jkt} ${jti}`, iat + 2 * DPOP_WINDOW))) throw refuse('its jti was used before');
  return jwk;
}

function readOrRefuse(code: OAuthErrorCode, what: string, read: () => StrictJws): StrictJws {
  try {
    return read();
  } catch (error) {
    if (error instanceof JwsRejected) throw new OAuthError(code, `${what}: ${error.message}`);
    throw error;
  }
}

/** A stolen key must not get a token for another key either. */
const isRevoked = async (jwk: JsonWebKey, { revoked }: Pick<AssertionContext, 'revoked'>): Promise<boolean> =>
  revoked.jkts.length > 0 && revoked.jkts.includes(await calculateJwkThumbprint(jwk as JWK));

async function signerOf(text: string, keys: readonly JsonWebKey[]): Promise<JsonWebKey | undefined> {
  for (const jwk of keys) {
    if (checkWorkloadKey(jwk) !== undefined) continue;
    try {
      const { kty, crv, x, y } = jwk;
      await compactVerify(text, await importJWK({ kty, crv, x, y } as JWK, 'ES256'), { algorithms: ['ES256'] });
      return jwk;
    } catch {
      // The next key may be the one.
    }
  }
  return undefined;
}

/** Milliseconds since the epoch; the strict reader has already refused dates that are no integers. */
const dateOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value * 1000 : undefined;

const jtiOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\x21-\x7e]{1,256}$/.test(value) ? value : undefined;
