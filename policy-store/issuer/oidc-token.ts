import { compactVerify, importJWK, type JWK } from 'jose';
import { parseStrictObject, StrictJsonError } from '../../snapshot/strict-json.ts';
import { decodeBase64Url } from '../../snapshot/strict-jws.ts';

/** A token of a foreign issuer that must not be believed. The message never quotes it. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

/** What a token of a foreign issuer is judged by. */
export interface OidcExpectation {
  /** Exactly the `iss`. */
  readonly issuer: string;
  /** One of them must be in `aud`; without any no token is accepted. */
  readonly audiences: readonly string[];
  /** Public keys of the issuer, as it publishes them. */
  readonly keys: readonly JsonWebKey[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Foreign tokens are larger than ours: certificates in the header, lists of groups in the payload. Bytes. */
const LIMITS = { text: 16_384, header: 4096, payload: 8192, depth: 16 };
const DATES = ['exp', 'iat', 'nbf'];
/** Clocks of others differ by more than those of one mesh, milliseconds. */
const SKEW = 30_000;
/** Kubernetes hands out tokens for a year; nobody does for longer. Milliseconds. */
const LONGEST = 400 * 86_400_000;
const SMALLEST_RSA = 2048;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Algorithms by type of key: a key never verifies under one of another type (RFC 8725 3.1). */
const EC_ALGORITHM: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' };
const RSA_ALGORITHMS: ReadonlySet<string> = new Set(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']);
/** Where a key or another way of reading could be smuggled in. Certificates beside the key are ignored, never used. */
const REFUSED_MEMBERS = ['crit', 'b64', 'jku', 'x5u', 'jwk', 'zip', 'enc'];

type Members = Readonly<Record<string, unknown>>;

/**
 * Verifies a token of a listed OIDC issuer (OpenID Connect Core 3.1.3.7, RFC 8725): the strict part first, then one
 * signature by the key that the header names.
 * @returns its claims
 * @throws TokenRefused
 */
export async function verifyOidcToken(text: string, by: OidcExpectation): Promise<Members> {
  const { header, payload } = readToken(text);
  const { alg, kid } = checkHeader(header);
  if (payload.iss !== by.issuer) throw new TokenRefused('its iss is not the issuer that is expected');
  checkAudience(payload.aud, by.audiences);
  checkDates(payload, by.now);
  const named = by.keys.filter((key) => (key as JsonWebKey & { readonly kid?: unknown }).kid === kid);
  const [jwk] = named;
  if (jwk === undefined) throw new TokenRefused('its issuer has no key of its kid');
  if (named.length > 1) throw new TokenRefused('its issuer has two keys of its kid');
  if (!verifies(jwk, alg)) throw new TokenRefused('the key of its kid is not one for its alg');
  if (!(await isSigned(text, jwk, alg))) throw new TokenRefused('its signature does not hold');
  return payload;
}

/** `iss` of a token that nobody has verified yet: only to find out whose keys it takes. @throws TokenRefused */
export function unverifiedIssuer(text: string): string {
  const { iss } = readToken(text).payload;
  if (typeof iss !== 'string') throw new TokenRefused('its iss is missing');
  return iss;
}

function readToken(text: string): { readonly header: Members; readonly payload: Members } {
  if (text.length > LIMITS.text) throw new TokenRefused('it is too long');
  const parts = text.split('.', 4);
  if (parts.length !== 3) throw new TokenRefused('it is not a compact JWS of three parts');
  const [header = '', payload = '', signature = ''] = parts;
  if (!decodeBase64Url(signature)?.length) throw new TokenRefused('its signature is missing or malformed');
  return {
    header: readPart(header, LIMITS.header, 'its header'),
    payload: readPart(payload, LIMITS.payload, 'its payload'),
  };
}

function readPart(part: string, limit: number, what: string): Members {
  const bytes = decodeBase64Url(part);
  if (bytes === undefined) throw new TokenRefused(`${what} is not canonical base64url`);
  if (bytes.length > limit) throw new TokenRefused(`${what} is too long`);
  try {
    return parseStrictObject(decoder.decode(bytes), { depth: LIMITS.depth, integers: DATES });
  } catch (error) {
    const why = error instanceof StrictJsonError ? error.message : 'it is not UTF-8';
    throw new TokenRefused(`${what} is refused: ${why}`);
  }
}

function checkHeader({ typ, alg, kid, ...header }: Members): { readonly alg: string; readonly kid: string } {
  // Access tokens, logout tokens and our own classes name themselves; an ID token says JWT or nothing.
  if (typ !== undefined && typ !== 'JWT') throw new TokenRefused('its typ is not JWT');
  if (typeof alg !== 'string' || !isKnownAlgorithm(alg)) throw new TokenRefused('its alg is not RS, PS or ES 256-512');
  if (typeof kid !== 'string' || !/^[\x21-\x7e]{1,256}$/.test(kid)) throw new TokenRefused('its kid is missing');
  const stray = REFUSED_MEMBERS.find((name) => Object.hasOwn(header, name));
  if (stray !== undefined) throw new TokenRefused(`its header holds ${stray}`);
  return { alg, kid };
}

const isKnownAlgorithm = (alg: string): boolean => RSA_ALGORITHMS.has(alg) || Object.values(EC_ALGORITHM).includes(alg);

function checkAudience(aud: unknown, audiences: readonly string[]): void {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!named.every((name) => typeof name === 'string')) throw new TokenRefused('its aud is missing or malformed');
  if (!audiences.some((audience) => named.includes(audience))) throw new TokenRefused('it is for another audience');
}

function checkDates(payload: Members, now: number): void {
  const exp = dateOf(payload.exp);
  if (exp === undefined || exp <= now - SKEW) throw new TokenRefused('it has expired, or has no exp');
  if (exp > now + LONGEST) throw new TokenRefused('its exp lies too far ahead');
  for (const name of ['nbf', 'iat']) {
    const date = payload[name] === undefined ? 0 : dateOf(payload[name]);
    if (date === undefined || date > now + SKEW) throw new TokenRefused(`its ${name} lies in the future`);
  }
}

/** Milliseconds since the epoch; the strict reader has refused dates that are no integers. */
const dateOf = (value: unknown): number | undefined =>
  typeof value === 'number' && value >= 0 ? value * 1000 : undefined;

/** Whether this published key may verify signatures of `alg`: a public one, for signatures, strong enough. */
function verifies(jwk: JsonWebKey, alg: string): boolean {
  const { kty, crv, n, e, d, use, key_ops } = jwk;
  // Whoever publishes the private part has given the key to everybody.
  if (d !== undefined || (jwk as { readonly k?: unknown }).k !== undefined) return false;
  if (use !== undefined && use !== 'sig') return false;
  if (key_ops !== undefined && !(Array.isArray(key_ops) && key_ops.includes('verify'))) return false;
  if (jwk.alg !== undefined && jwk.alg !== alg) return false;
  if (kty === 'EC') return crv !== undefined && Object.hasOwn(EC_ALGORITHM, crv) && EC_ALGORITHM[crv] === alg;
  return kty === 'RSA' && RSA_ALGORITHMS.has(alg) && isStrongRsa(n, e);
}

/** At least 2048 bits, and an odd exponent over 1: with 1 everything is its own signature. */
function isStrongRsa(n: unknown, e: unknown): boolean {
  const modulus = typeof n === 'string' ? decodeBase64Url(n) : undefined;
  const exponent = typeof e === 'string' ? decodeBase64Url(e) : undefined;
  if (modulus === undefined || exponent === undefined || exponent.length === 0 || exponent.length > 4) return false;
  const value = exponent.reduce((sum, byte) => sum * 256 + byte, 0);
  return modulus.length * 8 >= SMALLEST_RSA && (modulus[0] ?? 0) >= 128 && value >= 3 && value % 2 === 1;
}

async function isSigned(text: string, { kty, crv, x, y, n, e }: JsonWebKey, alg: string): Promise<boolean> {
  const parts = kty === 'EC' ? { kty, crv, x, y } : { kty, n, e };
  try {
    await compactVerify(text, await importJWK(parts as JWK, alg), { algorithms: [alg] });
    return true;
  } catch {
    return false;
  }
}
