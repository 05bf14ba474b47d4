import type { UserRule } from '../../snapshot/user-rule.ts';
import { Refusal, type StageResult } from '../exchange.ts';
import type { Addressed, Arrival, AtGateway, Screened, UserAuthenticated } from '../facts.ts';
import { type FoundToken, findUserToken, stripUserToken } from '../identity/find-user-token.ts';
import { setUserHeaders, stripUserHeaders } from '../identity/user-headers.ts';
import { refusedUser, type UserSnapshot, type UserVerifier, type VerifiedUser } from '../identity/user-verifier.ts';

/** What of an arrival this stage reads. */
interface Asked
  extends Pick<Screened, 'headers' | 'query'>,
    Pick<Arrival, 'now'>,
    Partial<Addressed>,
    Partial<Pick<AtGateway, 'gatewayPolicies'>> {
  readonly snapshot: UserSnapshot;
  readonly parts: { readonly users: Pick<UserVerifier, 'verify'> };
}

const NOBODY: UserAuthenticated = { endUser: null };

/**
 * Establishes on whose behalf the call is made. No token: nobody, which policies may mind. One that does not hold: 401
 * always, so that a broken token never passes as none. What it says goes on in headers, in place of what the caller wrote.
 */
export function authenticateUser(facts: Asked): StageResult<UserAuthenticated> {
  const { gatewayPolicies, service, widerPolicies = [] } = facts;
  const entry = gatewayPolicies?.users ?? [];
  const own = service?.policies.users ?? [];
  // Most calls end here.
  if (entry.length === 0 && own.length === 0 && widerPolicies.every((wide) => !wide?.users.length)) return NOBODY;
  const scopes = [entry, [...widerPolicies.flatMap((wide) => wide?.users ?? []), ...own]];
  const rules = scopes.flat();
  const broken = rules.find(({ invalid }) => invalid !== undefined);
  if (broken !== undefined) return brokenRule(broken);
  stripUserHeaders(rules, facts.headers);
  const found = findUserToken(rules, facts);
  if (found === undefined) return NOBODY;
  if (found === 'several') return refusedUser('there are two different ones', 'sent_twice');
  const verified = facts.parts.users.verify(found, scopes, facts.snapshot, facts.now);
  return verified instanceof Promise
    ? verified.then((user) => accept(facts, found, user))
    : accept(facts, found, verified);
}

function accept(facts: Asked, found: FoundToken, verified: VerifiedUser | Refusal): UserAuthenticated | Refusal {
  if (verified instanceof Refusal) return verified;
  const { user, rules } = verified;
  const query = rules.some(({ strip }) => strip) ? stripUserToken(found, facts) : facts.query;
  const unsendable = setUserHeaders(verified, facts.headers);
  if (unsendable !== undefined) return unsendable;
  return query === facts.query ? { endUser: user } : ({ endUser: user, query } as UserAuthenticated);
}

const brokenRule = ({ policy, invalid }: UserRule): Refusal =>
  new Refusal('permission_denied', 'The policies of the mesh do not allow this call.', {
    internal: `RequestAuthentication ${policy} is not valid: ${invalid}`,
  });
