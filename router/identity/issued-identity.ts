import type { Strength } from '../../snapshot/chunk.ts';
import type { StrictJws } from '../../snapshot/strict-jws.ts';
import { CredentialRefused, textClaim } from './claims.ts';
import { isSignedBy } from './es256.ts';
import { type Principal, principalOf } from './principal.ts';
import type { TrustKeys } from './trust-keys.ts';

/** What is known of an identity before its issuer is believed. */
interface Claimed {
  readonly strength: Strength;
  readonly jkt: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * Who a token says its subject is, when the trust domain of that subject signed it with a key of the class.
 * @param text of `read`
 * @throws CredentialRefused
 */
export async function issuedIdentity(
  text: string,
  { header, payload }: StrictJws,
  trust: TrustKeys,
  use: 'wit-svid' | 'jwt-svid',
  claimed: Claimed,
): Promise<{ readonly principal: Principal; readonly kid: string; readonly uid: string }> {
  const uid = textClaim(payload, 'gossamer.mesh/uid');
  const principal = principalOf(textClaim(payload, 'sub', 2048), claimed);
  if (principal === undefined) throw new CredentialRefused('its sub is not a SPIFFE ID');
  const { trustDomain } = principal;
  if (payload.iss !== `spiffe://${trustDomain}`) {
    throw new CredentialRefused('its iss is not the trust domain of its sub', 'untrusted_key');
  }
  const kid = header.kid as string;
  await checkSignature(text, trust.find(trustDomain, use, kid), 'no trusted key of its trust domain has its kid');
  return { principal, kid, uid };
}

/** @param unknown said where there is no key @throws CredentialRefused */
export async function checkSignature(text: string, key: CryptoKey | undefined, unknown: string): Promise<void> {
  if (key === undefined) throw new CredentialRefused(unknown, 'untrusted_key');
  if (!(await isSignedBy(text, key))) throw new CredentialRefused('its signature does not hold', 'wrong_signature');
}
