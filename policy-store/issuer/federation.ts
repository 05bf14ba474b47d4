import { claimSays } from './claim-match.ts';
import { OAuthError } from './oauth-error.ts';
import { TokenRefused, unverifiedIssuer, verifyOidcToken } from './oidc-token.ts';

/** Whoever an outside issuer says this of is a workload. */
export interface FederationRule {
  readonly issuer: string;
  /** The token must be for one of them; empty: for this mesh's own issuer identifier. */
  readonly audiences: readonly string[];
  /** Path of a claim -> what it must be. Never empty. */
  readonly claims: Readonly<Record<string, string>>;
}

/** What a subject token is judged by. */
export interface SubjectContext {
  /** Issuer identifier of this mesh: the audience where a rule names none. */
  readonly issuer: string;
  /** Public keys of an outside issuer as it published them; undefined: the mesh does not list it. */
  issuerKeys(issuer: string): Promise<readonly JsonWebKey[] | undefined>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** One answer whatever does not fit, so that nobody learns who may enrol how. */
const UNPROVEN = 'no federation rule of this workload accepts it';

/**
 * Judges the token of an outside issuer that is exchanged for one of the mesh (RFC 8693 2.1).
 * @param rules of the workload that it is to prove
 * @throws OAuthError `invalid_request` (RFC 8693 2.2.2)
 */
export async function checkSubjectToken(
  text: string,
  rules: readonly FederationRule[],
  context: SubjectContext,
): Promise<void> {
  const refuse = (why: string): OAuthError => new OAuthError('invalid_request', `the subject_token: ${why}`);
  const issuer = issuerOf(text, refuse);
  const keys = await context.issuerKeys(issuer);
  if (keys === undefined) throw refuse('its issuer is not listed under MeshConfig.issuers');
  if (keys.length === 0) throw refuse('the keys of its issuer can not be had now');
  for (const rule of rules) {
    if (rule.issuer !== issuer) continue;
    const audiences = rule.audiences.length === 0 ? [context.issuer] : rule.audiences;
    if (await accepts(text, rule, { issuer, audiences, keys, now: context.now })) return;
  }
  throw refuse(UNPROVEN);
}

function issuerOf(text: string, refuse: (why: string) => OAuthError): string {
  try {
    return unverifiedIssuer(text);
  } catch (error) {
    if (error instanceof TokenRefused) throw refuse(error.message);
    throw error;
  }
}

async function accepts(
  text: string,
  rule: FederationRule,
  by: Parameters<typeof verifyOidcToken>[1],
): Promise<boolean> {
  try {
    const claims = await verifyOidcToken(text, by);
    const wanted = Object.entries(rule.claims);
    return wanted.length > 0 && wanted.every(([name, value]) => claimSays(claims, name, value));
  } catch (error) {
    if (error instanceof TokenRefused) return false;
    throw error;
  }
}
