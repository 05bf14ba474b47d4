import type { AuthorizationPolicy, AuthorizationRule, Operation, Source, When } from '../../snapshot/policy.ts';
import type { UserRule } from '../../snapshot/user-rule.ts';
import type { CallFacts } from './call-facts.ts';
import { type CallTest, compileWhen, OPERATION, SOURCE } from './conditions.ts';

/** One field of a source or operation, or one entry of `when`. */
export interface Condition {
  /** `principals`, `notPaths`, `when source.ip`, ... */
  readonly field: string;
  /** As the policy writes them; for explanations. */
  readonly values: readonly string[];
  readonly notValues?: readonly string[];
  /** Where it can not be judged: as its action is safe. */
  readonly holds: (call: CallFacts) => boolean;
}

/** Alternatives, each with conditions that must all hold. */
export type Alternatives = readonly (readonly Condition[])[];

/** Parts of a rule, of each of which one alternative must hold: from, to, when. A part that is absent holds for everyone. */
export type CompiledAuthorizationRule = readonly Alternatives[];

export interface CompiledPolicy {
  /** `namespace/name`. */
  readonly name: string;
  readonly action: 'ALLOW' | 'DENY';
  /** Judged and recorded, but not in force. */
  readonly shadow: boolean;
  /** Why the policy can not be judged: an ALLOW then allows nothing, a DENY denies everything. */
  readonly invalid: string | undefined;
  readonly rules: readonly CompiledAuthorizationRule[];
}

/** The policies of one scope (service, namespace, mesh or gateway), ready to be judged. */
export interface CompiledPolicies {
  readonly deny: readonly CompiledPolicy[];
  readonly allow: readonly CompiledPolicy[];
  /** The same with those in shadow, as if they were in force; undefined: there are none in shadow. */
  readonly tried: Layer | undefined;
  /** Whose end users the scope knows. */
  readonly users: readonly UserRule[];
}

/** What a call is judged by. */
export type Layer = Pick<CompiledPolicies, 'deny' | 'allow'>;

/** Whether a scope has policies at all: then it is judged by them, otherwise by those around it. */
export const hasPolicies = (policies: Layer | undefined): boolean =>
  policies !== undefined && policies.allow.length + policies.deny.length > 0;

export function compilePolicies(
  list: readonly AuthorizationPolicy[],
  users: readonly UserRule[] = [],
): CompiledPolicies {
  const all = list.map(compilePolicy);
  const inForce = all.filter(({ shadow }) => !shadow);
  return {
    ...byAction(inForce),
    tried: inForce.length < all.length ? byAction(all) : undefined,
    users: users.map(understood),
  };
}

const USER_RULE: ReadonlySet<string> = new Set([
  ...[
    'policy',
    'issuer',
    'audiences',
    'keySet',
    'headers',
    'params',
    'cookies',
    'strip',
    'payloadHeader',
    'claimHeaders',
  ],
  ...['spaceDelimited', 'invalid'],
]);

/** A rule that says more than this router knows would accept what it means to refuse. */
function understood(rule: UserRule): UserRule {
  const unknown = Object.keys(rule).find((name) => !USER_RULE.has(name));
  return unknown === undefined ? rule : { ...rule, invalid: `this router does not know jwtRules.${unknown}` };
}

const byAction = (list: readonly CompiledPolicy[]): Layer => ({
  deny: list.filter(({ action }) => action !== 'ALLOW'),
  allow: list.filter(({ action }) => action === 'ALLOW'),
});

function compilePolicy(policy: AuthorizationPolicy): CompiledPolicy {
  const { namespace, name, action, mode } = policy;
  const base = { name: `${namespace}/${name}`, action, shadow: mode === 'shadow' };
  if (policy.invalid !== undefined) return { ...base, invalid: policy.invalid, rules: [] };
  try {
    return { ...base, invalid: undefined, rules: policy.rules.map((rule) => sharedRule(rule, policy.action)) };
  } catch (error) {
    return { ...base, invalid: error instanceof Error ? error.message : 'it could not be read', rules: [] };
  }
}

type Action = AuthorizationPolicy['action'];

/** Rules by what they say: meshes say the same in many places, and what many share stays in a processor's cache. */
const shared = new Map<string, CompiledAuthorizationRule>();
const MAX_SHARED = 1024;
const MAX_SHARED_TEXT = 512;

function sharedRule(rule: AuthorizationRule, action: Action): CompiledAuthorizationRule {
  const text = `${action} ${JSON.stringify(rule)}`;
  const known = shared.get(text);
  if (known !== undefined) return known;
  const compiled = compileRule(rule, action);
  if (shared.size >= MAX_SHARED) shared.clear();
  if (text.length <= MAX_SHARED_TEXT) shared.set(text, compiled);
  return compiled;
}

function compileRule(rule: AuthorizationRule, action: Action): CompiledAuthorizationRule {
  refuseUnknown('rule', rule, ['from', 'to', 'when']);
  return [
    alternatives('source', rule.from, SOURCE, action),
    alternatives('operation', rule.to, OPERATION, action),
    whenAll(rule.when, action),
  ].filter((part) => part !== undefined);
}

function alternatives(
  what: string,
  list: readonly (Source | Operation)[] | undefined,
  fields: Readonly<Record<string, (values: readonly string[]) => CallTest>>,
  action: Action,
): Alternatives | undefined {
  if (list === undefined || list.length === 0) return undefined;
  return list.map((entry) => {
    refuseUnknown(what, entry, Object.keys(fields));
    const conditions = Object.entries(entry as Readonly<Record<string, readonly string[] | undefined>>).flatMap(
      ([field, values]) => {
        const test = values && fields[field]?.(values);
        return test === undefined ? [] : [{ field, values: values ?? [], holds: judged(test, action) }];
      },
    );
    if (conditions.length === 0) throw new Error(`it holds an empty ${what}`);
    return conditions;
  });
}

function whenAll(list: readonly When[] | undefined, action: Action): Alternatives | undefined {
  if (list === undefined || list.length === 0) return undefined;
  const conditions = list.map((when) => {
    refuseUnknown('condition', when, ['key', 'values', 'notValues']);
    const { key, values = [], notValues = [] } = when;
    return { field: `when ${key}`, values, notValues, holds: judged(compileWhen(when, action === 'ALLOW'), action) };
  });
  return [conditions];
}

/** What can not be judged counts against an ALLOW and for a DENY, condition by condition: no order can change that. */
function judged(test: CallTest, action: Action): (call: CallFacts) => boolean {
  return (call) => {
    try {
      return test(call);
    } catch {
      return action !== 'ALLOW';
    }
  };
}

/** A condition that this router does not know must not be left out: without it an ALLOW would allow more. */
function refuseUnknown(what: string, entry: object, known: readonly string[]): void {
  const unknown = Object.keys(entry).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new Error(`this router does not know ${what}.${unknown}`);
}
