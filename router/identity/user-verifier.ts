import { JwsRejected } from '../../snapshot/strict-jws.ts';
import type { UserRule } from '../../snapshot/user-rule.ts';
import { type MaybePromise, Refusal } from '../exchange.ts';
import { type CredentialCheck, CredentialRefused } from './claims.ts';
import { type EndUser, endUserOf } from './end-user.ts';
import { type FoundToken, placesOf } from './find-user-token.ts';
import type { IssuerKeyring } from './issuer-keyring.ts';
import { RecentlyUsed } from './recently-used.ts';
import { checkUserDates, readUserToken, USER_SKEW, type UserToken } from './user-token.ts';

/** What of a pinned snapshot a token is judged by. */
export interface UserSnapshot {
  /** Undefined: this snapshot has no such keys. */
  keySet(name: string): MaybePromise<IssuerKeyring | undefined>;
}

/** A token that was found good, and the rules that accept it. */
export interface VerifiedUser {
  readonly user: EndUser;
  readonly rules: readonly UserRule[];
  readonly token: UserToken;
}

interface CachedToken {
  readonly token: UserToken;
  readonly expiresAt: number;
  /** Those whose keys signed it. */
  readonly keyrings: WeakSet<IssuerKeyring>;
  /** By the rule that says which claims are lists. */
  readonly users: WeakMap<UserRule, EndUser>;
}

const DEFAULT_CACHE_SIZE = 2048;

/**
 * Verifies tokens of end users. Each is verified once and remembered by its exact text until it expires or its issuer's
 * keys change, so the warm path costs no promise and no crypto.
 */
export class UserVerifier {
  readonly #tokens: RecentlyUsed<string, CachedToken>;

  constructor(options: { readonly cacheSize?: number } = {}) {
    this.#tokens = new RecentlyUsed(options.cacheSize ?? DEFAULT_CACHE_SIZE);
  }

  /**
   * @param scopes rules of the Gateway and of the service: each of them that has any must accept the token
   * @param now milliseconds since the epoch
   */
  verify(
    found: FoundToken,
    scopes: readonly (readonly UserRule[])[],
    snapshot: UserSnapshot,
    now: number,
  ): MaybePromise<VerifiedUser | Refusal> {
    const cached = this.#tokens.get(found.text);
    try {
      if (cached !== undefined && cached.expiresAt > now - USER_SKEW) {
        const rules = rulesFor(cached.token, found, scopes);
        const warm = rules.every(({ keySet }) => {
          const keyring = snapshot.keySet(keySet);
          // The cold path asks again and meets the failure, if it is one.
          if (keyring instanceof Promise) keyring.catch(() => undefined);
          return keyring !== undefined && !(keyring instanceof Promise) && cached.keyrings.has(keyring);
        });
        if (warm) return verified(cached, rules);
      }
    } catch (error) {
      return refusalOf(error);
    }
    return this.#verifyCold(found, scopes, snapshot, now).catch(refusalOf);
  }

  async #verifyCold(
    found: FoundToken,
    scopes: readonly (readonly UserRule[])[],
    snapshot: UserSnapshot,
    now: number,
  ): Promise<VerifiedUser> {
    const token = readUserToken(found.text);
    const rules = rulesFor(token, found, scopes);
    const expiresAt = checkUserDates(token, now);
    const keyrings = new WeakSet<IssuerKeyring>();
    for (const { keySet } of rules) {
      const keyring = await snapshot.keySet(keySet);
      if (keyring === undefined || !keyrings.has(keyring)) keyrings.add(await signing(found.text, token, keyring));
    }
    const cached = { token, expiresAt, keyrings, users: new WeakMap<UserRule, EndUser>() };
    const result = verified(cached, rules);
    this.#tokens.set(found.text, cached);
    return result;
  }
}

/** @throws CredentialRefused unless one of these keys signed it */
async function signing(
  text: string,
  { alg, kid }: UserToken,
  keyring: IssuerKeyring | undefined,
): Promise<IssuerKeyring> {
  const keys = keyring?.fitting(alg, kid) ?? [];
  if (keyring === undefined || keys.length === 0) {
    throw new CredentialRefused('no key of its issuer is known that could have signed it', 'untrusted_key');
  }
  for (const key of keys) if (await keyring.isSignedBy(text, key, alg)) return keyring;
  throw new CredentialRefused('its signature does not hold', 'wrong_signature');
}

/** The rule of each scope that is for the token. @throws CredentialRefused when a scope has rules, and none is */
function rulesFor(token: UserToken, found: FoundToken, scopes: readonly (readonly UserRule[])[]): UserRule[] {
  const rules: UserRule[] = [];
  for (const scope of scopes) {
    if (scope.length === 0) continue;
    // What another scope alone looks at says nothing about where this one expects its tokens.
    const looksThere = (rule: UserRule): boolean => placesOf(rule).some((place) => found.places.includes(place));
    const here = scope.some(looksThere) ? scope.filter(looksThere) : scope;
    const ofIssuer = here.filter(({ issuer }) => issuer === token.issuer);
    if (ofIssuer.length === 0) throw new CredentialRefused('no rule here names its issuer', 'untrusted_issuer');
    const rule = ofIssuer.find((one) => isFor(token, one));
    if (rule === undefined) throw new CredentialRefused('it was made for another audience', 'wrong_audience');
    rules.push(rule);
  }
  return rules;
}

function isFor({ claims: { aud } }: UserToken, { audiences }: UserRule): boolean {
  if (audiences === undefined) return true;
  return Array.isArray(aud) ? aud.some((name) => audiences.includes(name)) : audiences.includes(aud as string);
}

function verified({ token, expiresAt, users }: CachedToken, rules: readonly UserRule[]): VerifiedUser {
  const [rule] = rules;
  if (rule === undefined) throw new CredentialRefused('no rule here names its issuer', 'untrusted_issuer');
  let user = users.get(rule);
  if (user === undefined) {
    user = endUserOf(token.claims, rule.spaceDelimited, expiresAt);
    users.set(rule, user);
  }
  return { user, rules, token };
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof CredentialRefused) return refusedUser(error.message, error.check);
  if (error instanceof JwsRejected) return refusedUser(error.message, 'malformed');
  throw error;
}

/** A token that came along must hold: 401, as in RFC 6750. */
export const refusedUser = (why: string, check: CredentialCheck): Refusal =>
  new Refusal('token_invalid', `the token of the end user is refused: ${why}`, { status: 401, check });
