import { expect, test } from 'vitest';
import type { AuthorizationRule } from '../../snapshot/policy.ts';
import { endUserOf } from '../identity/end-user.ts';
import { callFactsAs } from './call-facts.fake.ts';
import { compilePolicies } from './compile.ts';
import { judge } from './judge.ts';

const CLAIMS = {
  iss: 'https://login.example',
  sub: 'alice',
  aud: ['shop', 'pay'],
  azp: 'web',
  scope: 'read write',
  groups: ['staff', 'ops'],
  address: { country: 'DE' },
  verified: true,
};
const alice = endUserOf(CLAIMS, ['scope'], 0);

/** Whether the rule matches for alice, and for a call without end user. */
function matches(rule: AuthorizationRule): [boolean, boolean] {
  const layers = [compilePolicies([{ namespace: 'a', name: 'a', action: 'ALLOW', rules: [rule] }])];
  const allowed = (endUser: typeof alice | null): boolean =>
    judge({ target: '', layers, call: callFactsAs({ endUser }), otherwise: 'deny' }).allowed;
  return [allowed(alice), allowed(null)];
}

const when = (key: string, ...values: string[]): AuthorizationRule => ({
  when: [{ key: `request.auth.${key}`, values }],
});
const unless = (key: string, ...notValues: string[]): AuthorizationRule => ({
  when: [{ key: `request.auth.${key}`, notValues }],
});

test.each<[string, AuthorizationRule, boolean, boolean]>([
  ['requestPrincipals', { from: [{ requestPrincipals: ['https://login.example/alice'] }] }, true, false],
  ['of an issuer', { from: [{ requestPrincipals: ['https://login.example/*'] }] }, true, false],
  ['any', { from: [{ requestPrincipals: ['*'] }] }, true, false],
  ['another', { from: [{ requestPrincipals: ['https://login.example/bob'] }] }, false, false],
  ['not any', { from: [{ notRequestPrincipals: ['*'] }] }, false, true],
  ['principal', when('principal', '*/alice'), true, false],
  ['audiences, any of them', when('audiences', 'pay'), true, false],
  ['presenter', when('presenter', 'web'), true, false],
  ['a claim', when('claims[iss]', 'https://login.example'), true, false],
  ['a list', when('claims[groups]', 'ops'), true, false],
  ['a list by spaces', when('claims[scope]', 'write'), true, false],
  ['and not as one text', when('claims[scope]', 'read write'), false, false],
  ['a nested claim', when('claims[address][country]', 'DE', 'FR'), true, false],
  ['a truth value', when('claims[verified]', 'true'), true, false],
  ['an object is no text', when('claims[address]', '*'), false, false],
  ['a claim that is not there', when('claims[none]', '*'), false, false],
  ['an inherited name', when('claims[toString]', '*'), false, false],
  ['notValues', unless('claims[groups]', 'ops'), false, true],
  ['notValues of a claim that is not there', unless('claims[none]', 'x'), true, true],
])('%s', (_, rule, forAlice, forNobody) => {
  expect(matches(rule)).toEqual([forAlice, forNobody]);
});
