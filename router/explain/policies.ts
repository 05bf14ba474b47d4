import type { PolicyVerdict } from '../../snapshot/explanation.ts';
import type { CallFacts, CompiledPolicy, Condition } from '../authorization/compile.ts';
import { failingPart, matchingRule, type Trial } from '../authorization/judge.ts';

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
  return { policy: policy.name, action: policy.action, matched, why: whyOf(policy, call, index) };
}

function whyOf(policy: CompiledPolicy, call: CallFacts, index: number | undefined): string {
  if (policy.invalid !== undefined) {
    const effect = policy.action === 'ALLOW' ? 'allows nothing' : 'denies everything';
    return `the policy is invalid and ${effect}: ${policy.invalid}`;
  }
  if (index !== undefined) return index < 0 ? 'judging it failed, which counts as a match' : `rule ${index} matches`;
  if (policy.rules.length === 0) return 'it has no rules, so it never matches';
  return policy.rules.map((rule, i) => `rule ${i}: ${failureText(failingPart(rule, call), call)}`).join('; ');
}

function failureText(failing: ReturnType<typeof failingPart>, call: CallFacts): string {
  if (failing === undefined) return 'it matches';
  const reasons = failing.alternatives.map((conditions) => conditions.find((condition) => !condition.holds(call)));
  return reasons
    .filter((condition) => condition !== undefined)
    .map((condition) => conditionText(condition, call))
    .join(' and ');
}

function conditionText({ field }: Condition, call: CallFacts): string {
  const value = namedBy(field, call) ?? 'a caller without identity';
  return field.startsWith('not') ? `${field} names ${value}` : `${field} does not name ${value}`;
}

function namedBy(field: string, call: CallFacts): string | undefined {
  const plain = field.replace(/^not/, '').toLowerCase();
  if (plain === 'methods') return call.method;
  if (plain === 'paths') return call.path;
  return plain === 'namespaces' ? call.principal?.namespace : call.principal?.name;
}
