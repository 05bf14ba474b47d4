import type { AuthorizationPolicy, AuthorizationRule, Operation, Source } from '../../snapshot/policy.ts';
import type { Principal } from '../identity/principal.ts';
import { canonicalPattern } from '../routing/canonical-target.ts';
import { compileTemplate, isTemplate } from './path-template.ts';
import { compilePatterns, type PatternTest } from './pattern.ts';

/** What a policy may look at. */
export interface CallFacts {
  /** Null: no identity was established. */
  readonly principal: Principal | null;
  readonly method: string;
  /** Canonical. */
  readonly path: string;
}

/** One field of a source or operation. */
export interface Condition {
  /** `principals`, `notPaths`, ... */
  readonly field: string;
  readonly holds: (call: CallFacts) => boolean;
}

/** any(from) AND any(to), each a list of alternatives whose conditions must all hold. Undefined: holds for everyone. */
export interface CompiledAuthorizationRule {
  readonly from: readonly (readonly Condition[])[] | undefined;
  readonly to: readonly (readonly Condition[])[] | undefined;
}

export interface CompiledPolicy {
  /** `namespace/name`. */
  readonly name: string;
  readonly action: 'ALLOW' | 'DENY';
  /** Why the policy can not be judged: an ALLOW then allows nothing, a DENY denies everything. */
  readonly invalid: string | undefined;
  readonly rules: readonly CompiledAuthorizationRule[];
}

/** The policies of one scope (service, namespace, mesh or gateway), ready to be judged. */
export interface CompiledPolicies {
  readonly deny: readonly CompiledPolicy[];
  readonly allow: readonly CompiledPolicy[];
}

/** Whether a scope has policies at all: then it is judged by them, otherwise by those around it. */
export const hasPolicies = (policies: CompiledPolicies | undefined): boolean =>
  policies !== undefined && policies.allow.length + policies.deny.length > 0;

export function compilePolicies(list: readonly AuthorizationPolicy[]): CompiledPolicies {
  const compiled = list.map(compilePolicy);
  return {
    deny: compiled.filter((policy) => policy.action !== 'ALLOW'),
    allow: compiled.filter((policy) => policy.action === 'ALLOW'),
  };
}

function compilePolicy(policy: AuthorizationPolicy): CompiledPolicy {
  const base = { name: `${policy.namespace}/${policy.name}`, action: policy.action };
  if (policy.invalid !== undefined) return { ...base, invalid: policy.invalid, rules: [] };
  try {
    return { ...base, invalid: undefined, rules: policy.rules.map(compileRule) };
  } catch (error) {
    return { ...base, invalid: error instanceof Error ? error.message : 'it could not be read', rules: [] };
  }
}

type FieldTest = (patterns: readonly string[]) => (call: CallFacts) => boolean;

const SOURCE: Readonly<Record<keyof Source, FieldTest>> = {
  principals: (patterns) => on(compilePatterns(patterns), (call) => call.principal?.name),
  notPrincipals: (patterns) => not(SOURCE.principals(patterns)),
  namespaces: (patterns) => on(compilePatterns(patterns), (call) => call.principal?.namespace),
  notNamespaces: (patterns) => not(SOURCE.namespaces(patterns)),
};

const OPERATION: Readonly<Record<keyof Operation, FieldTest>> = {
  methods: (patterns) => on(compilePatterns(patterns), (call) => call.method),
  notMethods: (patterns) => not(OPERATION.methods(patterns)),
  paths: (patterns) => on(compilePaths(patterns), (call) => call.path),
  notPaths: (patterns) => not(OPERATION.paths(patterns)),
};

const on =
  (test: PatternTest, read: (call: CallFacts) => string | undefined) =>
  (call: CallFacts): boolean =>
    test(read(call));

const not =
  (test: (call: CallFacts) => boolean) =>
  (call: CallFacts): boolean =>
    !test(call);

function compilePaths(patterns: readonly string[]): PatternTest {
  const templates = patterns.filter(isTemplate).map((pattern) => {
    const test = compileTemplate(canonicalPattern(pattern));
    if (test === undefined) throw new Error(`the path template ${JSON.stringify(pattern)} is not valid`);
    return test;
  });
  const plain = compilePatterns(patterns.filter((pattern) => !isTemplate(pattern)).map(canonicalPattern));
  return (path) => plain(path) || (path !== undefined && templates.some((test) => test(path)));
}

function compileRule(rule: AuthorizationRule): CompiledAuthorizationRule {
  refuseUnknown('rule', rule, ['from', 'to']);
  return { from: alternatives('source', rule.from, SOURCE), to: alternatives('operation', rule.to, OPERATION) };
}

function alternatives(
  what: string,
  list: readonly (Source | Operation)[] | undefined,
  tests: Readonly<Record<string, FieldTest>>,
): readonly (readonly Condition[])[] | undefined {
  if (list === undefined || list.length === 0) return undefined;
  return list.map((entry) => {
    refuseUnknown(what, entry, Object.keys(tests));
    const conditions = Object.entries(entry as Readonly<Record<string, readonly string[] | undefined>>).flatMap(
      ([field, patterns]) => (patterns === undefined ? [] : [{ field, holds: (tests[field] as FieldTest)(patterns) }]),
    );
    if (conditions.length === 0) throw new Error(`it holds an empty ${what}`);
    return conditions;
  });
}

/** A condition that this router does not know must not be left out: without it an ALLOW would allow more. */
function refuseUnknown(what: string, entry: object, known: readonly string[]): void {
  const unknown = Object.keys(entry).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new Error(`this router does not know ${what}.${unknown}`);
}
