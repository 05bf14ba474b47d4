import type { PolicyVerdict } from '../../snapshot/explanation.ts';
import type { CallFacts } from '../authorization/call-facts.ts';
import type { Alternatives, CompiledPolicy, Condition } from '../authorization/compile.ts';
import { failingPart, matchingRule, type Trial } from '../authorization/judge.ts';
import type { Principal } from '../identity/principal.ts';

/** What every policy that has a say said, widest scope first; each policy once for each scope that asked it. */
export function verdictsOf(trials: readonly Trial[]): PolicyVerdict[] {
  const verdicts = new Map<string, PolicyVerdict>();
  const severalScopes = new Set(trials.map(scopeText)).size > 1;
  for (const trial of trials) {
    for (const layer of trial.layers) {
      for (const policy of [...(layer?.deny ?? []), ...(layer?.allow ?? [])]) {
        const verdict = verdictOf(policy, trial.call);
        const why = severalScopes ? `${verdict.why} (for ${scopeText(trial)})` : verdict.why;
        verdicts.set(`${scopeText(trial)} ${policy.action} ${policy.name}`, { ...verdict, why });
      }
    }
  }
  return [...verdicts.values()];
}

const scopeText = ({ target, call }: Trial): string => `${target} on ${call.path}`;

function verdictOf(policy: CompiledPolicy, call: CallFacts): PolicyVerdict {
  const index = matchingRule(policy, call);
  const matched = index !== undefined;
  const why = whyOf(policy, call, index);
  const verdict = { policy: policy.name, action: policy.action, matched };
  return policy.shadow
    ? { ...verdict, why: `${why} (in shadow: it decides nothing)`, shadow: true }
    : { ...verdict, why };
}

function whyOf(policy: CompiledPolicy, call: CallFacts, index: number | undefined): string {
  if (policy.invalid !== undefined) {
    const effect = policy.action === 'ALLOW' ? 'allows nothing' : 'denies everything';
    return `the policy is invalid and ${effect}: ${policy.invalid}`;
  }
  if (index !== undefined) return `rule ${index} matches${unjudgedText(policy, call, index)}`;
  if (policy.rules.length === 0) return 'it has no rules, so it never matches';
  return policy.rules.map((rule, i) => `rule ${i}: ${failureText(failingPart(rule, call), call)}`).join('; ');
}

const ofAddress = ({ field }: Pick<Condition, 'field'>): boolean => /ipBlocks$|\.ip$/i.test(field);

/** A DENY that asks for an address holds for a call whose address is not known. */
function unjudgedText({ rules }: CompiledPolicy, { remoteAddress }: CallFacts, index: number): string {
  const asksForAddress = rules[index]?.flat(2).some(ofAddress) === true;
  return asksForAddress && remoteAddress === '' ? ', because an address that is not known counts as a match' : '';
}

function failureText(failing: Alternatives | undefined, call: CallFacts): string {
  if (failing === undefined) return 'it matches';
  const reasons = failing.map((conditions) => conditions.find((condition) => !condition.holds(call)));
  return reasons
    .filter((condition) => condition !== undefined)
    .map((condition) => conditionText(condition, call))
    .join(' and ');
}

function conditionText({ field }: Condition, call: CallFacts): string {
  const [, header] = /^when request\.headers\[(.+)\]$/.exec(field) ?? [];
  // Values of headers may be secrets: only whether one is there is said.
  if (header !== undefined) return `${field} does not hold: ${headerText(call.headers.count(header))}`;
  if (call.remoteAddress === '' && ofAddress({ field })) {
    return `${field} can not be judged: the address of the caller is not known`;
  }
  const value = namedBy(field, call);
  if (field.startsWith('when ')) return `${field} does not hold for ${value}`;
  return /^not[A-Z]/.test(field) ? `${field} names ${value}` : `${field} does not name ${value}`;
}

function headerText(count: number): string {
  if (count === 0) return 'the header is absent';
  return count === 1 ? 'the header has another value' : `the header is there ${count} times, and all must hold`;
}

/** Marked as pure where it is called: a router that explains nothing leaves all of it out of its bundle. */
const caller =
  (read: (principal: Principal) => string | undefined) =>
  ({ principal }: CallFacts): string =>
    principal === null ? 'a caller without identity' : (read(principal) ?? principal.name);

const principalText = /* @__PURE__ */ caller(({ name }) => name);
const namespaceText = /* @__PURE__ */ caller(({ namespace }) => namespace);
const accountText = /* @__PURE__ */ caller(
  ({ namespace, serviceAccount }) => serviceAccount && `${namespace}/${serviceAccount}`,
);
const domainText = /* @__PURE__ */ caller(({ trustDomain }) => trustDomain);
const strengthText = /* @__PURE__ */ caller(
  ({ name, strength }) => `${name} with a credential of strength ${strength}`,
);
const viaText = ({ via }: CallFacts): string =>
  via.length === 0 ? 'a call without known earlier callers' : `a call by way of ${via.join(', ')}`;
const addressText = ({ remoteAddress }: CallFacts): string => remoteAddress;
const clientText = ({ clientAddress }: CallFacts): string => clientAddress;
const userText = ({ endUser }: CallFacts): string =>
  endUser === null ? 'a caller without end user' : `the end user ${endUser.principal}`;
const portText = ({ port }: CallFacts): string => `port ${port}`;

/** What each field looked at, in words. */
const READ: ReadonlyMap<string, (call: CallFacts) => string> = new Map([
  ['namespaces', namespaceText],
  ['when source.namespace', namespaceText],
  ['serviceaccounts', accountText],
  ['when source.serviceAccount', accountText],
  ['trustdomains', domainText],
  ['when source.trustDomain', domainText],
  ['via', viaText],
  ['when source.via', viaText],
  ['authn', strengthText],
  ['when source.authn', strengthText],
  ['ipblocks', addressText],
  ['when source.ip', addressText],
  ['remoteipblocks', clientText],
  ['when remote.ip', clientText],
  ['requestprincipals', userText],
  ['when request.auth.principal', userText],
  ['ports', portText],
  ['when destination.port', portText],
  ['hosts', ({ host }: CallFacts) => host],
  ['methods', ({ method }: CallFacts) => method],
  ['paths', ({ path }: CallFacts) => path],
]);

function namedBy(field: string, call: CallFacts): string {
  // Claims say much of a person: only that they do not hold.
  if (field.startsWith('when request.auth.')) return READ.get(field)?.(call) ?? 'the end user';
  const plain = field.startsWith('when ') ? field : field.replace(/^not(?=[A-Z])/, '').toLowerCase();
  return (READ.get(plain) ?? principalText)(call);
}
