import { decodeBase64Url, JwsRejected, readJwsPart } from '../../snapshot/strict-jws.ts';
import { CredentialRefused, checkDates } from './claims.ts';

/** A token of an end user, read strictly and not verified. */
export interface UserToken {
  readonly alg: string;
  readonly kid: string | undefined;
  readonly issuer: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The second part of the token as sent: base64url of its claims. */
  readonly payload: string;
}

/** Foreign headers hold certificates, foreign payloads lists of groups. Bytes; the text as for every token. */
const LIMITS = { text: 8192, header: 4096, payload: 6144, depth: 16 };
/** Clocks of others differ by more than those of one mesh. */
export const USER_SKEW = 30_000;
/** Nobody gives a token to an end user for longer. */
const LONGEST_LIFE = 400 * 86_400_000;
/** Classes of the mesh's own, and logout tokens, name themselves: what says something else is not for us. */
const TYPES: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'jose', 'at+jwt', 'application/at+jwt']);
/** Where a key, or another way to read the token, could be brought along. Certificates are left aside, never used. */
const REFUSED_MEMBERS = ['crit', 'b64', 'jku', 'x5u', 'jwk', 'zip', 'enc'];
const ALGORITHMS = /^(?:[RPE]S(?:256|384|512)|EdDSA|Ed25519)$/;

/** Reads a compact JWS of an end user (RFC 7519, RFC 8725). @throws JwsRejected, CredentialRefused */
export function readUserToken(text: string): UserToken {
  if (text.length > LIMITS.text) throw new JwsRejected('it is too long');
  const parts = text.split('.', 4);
  // One signature has one text: what is remembered by its text is not to be had under others.
  if (parts.length !== 3 || !decodeBase64Url(parts[2] ?? '')?.length) {
    throw new JwsRejected('it is not a compact JWS of three parts');
  }
  const [headerPart = '', payload = ''] = parts;
  const header = readJwsPart(headerPart, LIMITS.header, LIMITS.depth, 'its header');
  const { alg, kid } = checkHeader(header);
  const claims = readJwsPart(payload, LIMITS.payload, LIMITS.depth, 'its payload');
  const { iss, sub, aud } = claims;
  if (!isName(iss) || !isName(sub)) throw new CredentialRefused('its iss or sub is missing or malformed');
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : aud === undefined ? [] : [aud];
  if (audiences.length > 64 || !audiences.every((name) => typeof name === 'string')) {
    throw new CredentialRefused('its aud is malformed');
  }
  return { alg, kid, issuer: iss, claims, payload };
}

/** @returns when it ends, milliseconds since the epoch @throws CredentialRefused */
export function checkUserDates({ claims }: UserToken, now: number): number {
  return checkDates(claims, now, LONGEST_LIFE, USER_SKEW);
}

function checkHeader(header: Readonly<Record<string, unknown>>): { alg: string; kid: string | undefined } {
  const { typ, alg, kid } = header;
  if (!TYPES.has(typeof typ === 'string' ? typ.toLowerCase() : typ)) {
    throw new CredentialRefused('its typ is not that of an access or identity token');
  }
  if (typeof alg !== 'string' || !ALGORITHMS.test(alg)) throw new CredentialRefused('its alg is not an asymmetric one');
  if (kid !== undefined && (typeof kid !== 'string' || kid.length === 0 || kid.length > 256)) {
    throw new CredentialRefused('its kid is not a key ID');
  }
  const stray = REFUSED_MEMBERS.find((name) => Object.hasOwn(header, name));
  if (stray !== undefined) throw new CredentialRefused(`its header holds ${stray}`);
  return { alg, kid };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a line must not hold
const CONTROL = /[\x00-\x1f\x7f]/;

/** One line, as it stands in policies and logs. */
const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 1024 && !CONTROL.test(value);
