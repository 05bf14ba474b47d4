import type { CallFacts } from './call-facts.ts';
import type { Alternatives, CompiledAuthorizationRule, CompiledPolicy, Layer } from './compile.ts';

/** One scope of policies asked about one call. */
export interface Trial {
  /** Whose policies these are: `service shop/orders`, `gateway infra/public`. */
  readonly target: string;
  /** From the widest scope to the narrowest. Order has no influence on the verdict. */
  readonly layers: readonly (Layer | undefined)[];
  readonly call: CallFacts;
  /**
   * What no policy decides: `deny` demands a matching ALLOW, `allow` demands one only where an ALLOW policy exists
   * (Istio).
   */
  readonly otherwise: 'deny' | 'allow';
}

export interface Verdict {
  readonly allowed: boolean;
  /** `namespace/name` of the policy that decided, or `mesh default`. */
  readonly decidedBy: string;
  /** In policy words: for logs and explanations, never for a caller. */
  readonly why: string;
}

/** Who decided where no policy did. */
export const MESH_DEFAULT = 'mesh default';

/** A DENY that matches denies; then an ALLOW that matches allows; then the default. */
export function judge(trial: Trial): Verdict {
  const denied = firstMatch(trial, 'deny');
  if (denied !== undefined) {
    return { allowed: false, decidedBy: denied.name, why: `${trial.target}: DENY policy ${denied.name} matches` };
  }
  const allowed = firstMatch(trial, 'allow');
  if (allowed !== undefined) {
    return { allowed: true, decidedBy: allowed.name, why: `${trial.target}: ALLOW policy ${allowed.name} matches` };
  }
  const demanded =
    trial.otherwise === 'deny' || trial.layers.some((layer) => layer !== undefined && layer.allow.length > 0);
  return demanded
    ? { allowed: false, decidedBy: MESH_DEFAULT, why: `${trial.target}: no ALLOW policy matches` }
    : { allowed: true, decidedBy: MESH_DEFAULT, why: `${trial.target}: no policy matches and none has to` };
}

/**
 * Every scope that has a say must let the call through: the first denial, or the word of the last scope, the one nearest
 * to what is called.
 * @param trials none at all is a denial, because then nobody was asked
 */
export function judgeAll(trials: readonly Trial[]): Verdict {
  let verdict: Verdict = { allowed: false, decidedBy: MESH_DEFAULT, why: 'no scope of policies was asked' };
  for (const trial of trials) {
    verdict = judge(trial);
    if (!verdict.allowed) return verdict;
  }
  return verdict;
}

function firstMatch(trial: Trial, action: 'deny' | 'allow'): CompiledPolicy | undefined {
  for (const layer of trial.layers) {
    const found = layer?.[action].find((policy) => matchingRule(policy, trial.call) !== undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Index of the first rule that matches; undefined: none does. A policy that can not be judged never allows and
 * always denies (-1).
 */
export function matchingRule(policy: CompiledPolicy, call: CallFacts): number | undefined {
  if (policy.invalid !== undefined) return policy.action === 'ALLOW' ? undefined : -1;
  const index = policy.rules.findIndex((rule) => failingPart(rule, call) === undefined);
  return index < 0 ? undefined : index;
}

/** The first part of a rule of which no alternative holds; undefined: the rule matches. */
export const failingPart = (rule: CompiledAuthorizationRule, call: CallFacts): Alternatives | undefined =>
  rule.find((alternatives) => !alternatives.some((conditions) => conditions.every(({ holds }) => holds(call))));
