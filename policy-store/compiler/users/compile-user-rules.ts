import type { IssuerKey } from '../../../snapshot/key-set.ts';
import type { UserRule } from '../../../snapshot/user-rule.ts';
import { KeySetRejected, readKeySet, sourceId } from '../../issuer-keys/index.ts';
import type { JwtRuleSpec, RequestAuthenticationSpec } from '../../resources/kinds/request-authentication.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Findings } from '../findings.ts';
import { nameOf } from '../inventory.ts';

/** A set of keys that the snapshot has to hold. */
export interface CompiledKeySet {
  /** As UserRules name it. */
  readonly name: string;
  readonly issuer: string;
  readonly jwksUri?: string;
  /** Written into the document; absent: the issuer is asked. */
  readonly keys?: readonly IssuerKey[];
}

type Policy = Resource<RequestAuthenticationSpec>;

/** Istio's: where a rule names no place. */
const BEARER = { name: 'authorization', prefix: 'Bearer ' };
const ACCESS_TOKEN = 'access_token';
const SPACE_DELIMITED = ['scope', 'permission'];

/** The rules of one document, and the keys that they need. What is wrong with it is an error: nothing is applied. */
export function compileUserRules(
  policy: Policy,
  strictAudiences: boolean,
  findings: Findings,
): { readonly rules: UserRule[]; readonly keySets: CompiledKeySet[] } {
  const keySets: CompiledKeySet[] = [];
  const rules = (policy.spec.jwtRules ?? []).map((rule, index) => {
    const path = `spec.jwtRules[${index}]`;
    warnOf(policy, rule, path, strictAudiences, findings);
    const keySet = keySetOf(policy, rule, path, findings);
    keySets.push(keySet);
    return compileRule(nameOf(policy), rule, keySet.name);
  });
  return { rules, keySets };
}

/** Stands for a document that can not be read: nobody gets past it. */
export const unreadableUserRule = (resource: Resource, why: string): UserRule => ({
  ...compileRule(nameOf(resource), { issuer: '' }, ''),
  invalid: why,
});

function compileRule(policy: string, rule: JwtRuleSpec, keySet: string): UserRule {
  const { fromHeaders, fromParams, fromCookies, outputClaimToHeaders } = rule;
  const anywhere = fromHeaders === undefined && fromParams === undefined && fromCookies === undefined;
  return {
    policy,
    issuer: rule.issuer,
    ...(rule.audiences !== undefined && { audiences: rule.audiences }),
    keySet,
    headers: anywhere
      ? [BEARER]
      : (fromHeaders ?? []).map(({ name, prefix = '' }) => ({ name: name.toLowerCase(), prefix })),
    params: anywhere ? [ACCESS_TOKEN] : (fromParams ?? []),
    cookies: fromCookies ?? [],
    ...(rule.forwardOriginalToken === false && { strip: true as const }),
    ...(rule.outputPayloadToHeader !== undefined && { payloadHeader: rule.outputPayloadToHeader.toLowerCase() }),
    ...(outputClaimToHeaders !== undefined && {
      claimHeaders: outputClaimToHeaders.map(({ header, claim }) => ({ header: header.toLowerCase(), claim })),
    }),
    spaceDelimited: [...new Set([...SPACE_DELIMITED, ...(rule.spaceDelimitedClaims ?? [])])],
  };
}

function keySetOf(policy: Policy, rule: JwtRuleSpec, path: string, findings: Findings): CompiledKeySet {
  const { issuer, jwks, jwksUri = rule.jwks_uri } = rule;
  if (jwks === undefined) {
    const source = { issuer, ...(jwksUri !== undefined && { jwksUri }) };
    return { name: sourceId(source), ...source };
  }
  const name = `${nameOf(policy)} ${path}`;
  try {
    const keys = readKeySet(jwks);
    if (keys.length === 0)
      findings.error(policy, `${path}.jwks`, 'key-set-empty', 'holds no public key that could be used');
    return { name, issuer, keys };
  } catch (error) {
    const why = error instanceof KeySetRejected ? error.message : 'it can not be read';
    findings.error(policy, `${path}.jwks`, 'key-set-invalid', `is no key set: ${why}`);
    return { name, issuer, keys: [] };
  }
}

function warnOf(policy: Policy, rule: JwtRuleSpec, path: string, strictAudiences: boolean, findings: Findings): void {
  if (rule.timeout !== undefined) {
    findings.warn(
      policy,
      `${path}.timeout`,
      'timeout-ignored',
      'is not used: issuers are asked for 5s, and by the policy store alone',
    );
  }
  if (rule.audiences !== undefined) return;
  const message = 'names no audiences: a token that the issuer made for another application is accepted too';
  if (strictAudiences) findings.error(policy, path, 'audiences-missing', message);
  else {
    findings.warn(policy, path, 'audiences-missing', message);
    findings.note(policy, 'Accepted', 'AudiencesMissing', `${path} ${message}`);
  }
}
