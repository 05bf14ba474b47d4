import { JwsRejected } from '../../snapshot/strict-jws.ts';

/** Clocks may differ by this much, milliseconds. */
export const SKEW = 5_000;

/** A credential that must not be believed. The message says which check failed and never quotes the token. */
export class CredentialRefused extends Error {
  override readonly name = 'CredentialRefused';
  readonly check: CredentialCheck;

  constructor(message: string, check: CredentialCheck = 'malformed') {
    super(message);
    this.check = check;
  }
}

/** Says of which credential a refusal is. @throws CredentialRefused for what was found wrong, anything else as it is */
export async function naming<T>(what: string, judged: Promise<T>): Promise<T> {
  try {
    return await judged;
  } catch (error) {
    if (error instanceof CredentialRefused)
      throw new CredentialRefused(`${what} is refused: ${error.message}`, error.check);
    if (error instanceof JwsRejected) throw new CredentialRefused(`${what} is refused: ${error.message}`);
    throw error;
  }
}

/** What a credential failed at, for programs: `check` in the problem document of `token_invalid`. */
export type CredentialCheck =
  | 'malformed'
  | 'proof_missing'
  | 'identity_missing'
  | 'sent_twice'
  | 'sent_as_bearer'
  | 'expired'
  | 'not_yet_valid'
  | 'untrusted_key'
  | 'untrusted_issuer'
  | 'wrong_signature'
  | 'wrong_key'
  | 'wrong_audience'
  | 'wrong_binding'
  | 'wrong_request'
  | 'wrong_parent'
  | 'too_weak'
  | 'proof_not_strict'
  | 'revoked';

type Claims = Readonly<Record<string, unknown>>;

/** @throws CredentialRefused unless `name` is a string of 1 to `max` characters, all of them visible ASCII */
export function textClaim(claims: Claims, name: string, max = 256): string {
  const value = claims[name];
  if (typeof value !== 'string' || value.length === 0 || value.length > max || !/^[\x21-\x7e]+$/.test(value)) {
    throw new CredentialRefused(`its ${name} is missing or malformed`);
  }
  return value;
}

/** Milliseconds since the epoch. @throws CredentialRefused unless `name` is an integer number of seconds */
export function dateClaim(claims: Claims, name: string): number {
  const value = claims[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new CredentialRefused(`its ${name} is missing or malformed`);
  }
  return value * 1000;
}

/**
 * `exp` must lie in (now - skew, now + longest], and neither `nbf` nor `iat`, where given, in the future.
 * @returns `exp`; milliseconds in and out
 */
export function checkDates(claims: Claims, now: number, longest: number, skew = SKEW): number {
  const expiresAt = dateClaim(claims, 'exp');
  if (expiresAt <= now - skew) throw new CredentialRefused('it has expired', 'expired');
  if (expiresAt > now + longest) throw new CredentialRefused('its exp lies too far ahead', 'not_yet_valid');
  for (const name of ['nbf', 'iat']) {
    if (claims[name] !== undefined && dateClaim(claims, name) > now + skew) {
      throw new CredentialRefused(`its ${name} lies in the future`, 'not_yet_valid');
    }
  }
  return expiresAt;
}

/** From `iat` to `exp` must be at most `longest`. @returns `iat`; milliseconds in and out */
export function checkLife(claims: Claims, expiresAt: number, longest: number): number {
  const issuedAt = dateClaim(claims, 'iat');
  if (expiresAt - issuedAt > longest) throw new CredentialRefused('its life is too long', 'not_yet_valid');
  return issuedAt;
}
