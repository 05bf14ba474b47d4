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

/** `exp` must lie in (now - skew, now + longest]. Milliseconds in and out. */
export function checkExpiry(claims: Claims, now: number, longest: number): number {
  return checkExpiryWithin(claims, now, { skew: SKEW, longest });
}

/** The same for clocks that differ by `skew`. */
export function checkExpiryWithin(
  claims: Claims,
  now: number,
  by: { readonly skew: number; readonly longest: number },
): number {
  const expiresAt = dateClaim(claims, 'exp');
  if (expiresAt <= now - by.skew) throw new CredentialRefused('it has expired', 'expired');
  if (expiresAt > now + by.longest) throw new CredentialRefused('its exp lies too far ahead', 'not_yet_valid');
  return expiresAt;
}

/** Neither `nbf` nor `iat`, where given, may lie in the future. */
export function checkNotFromFuture(claims: Claims, now: number, skew = SKEW): void {
  for (const name of ['nbf', 'iat']) {
    if (claims[name] !== undefined && dateClaim(claims, name) > now + skew) {
      throw new CredentialRefused(`its ${name} lies in the future`, 'not_yet_valid');
    }
  }
}
