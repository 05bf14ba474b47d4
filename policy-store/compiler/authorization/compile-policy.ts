import type { MeshSettings } from '../../../snapshot/manifest.ts';
import type { AuthorizationPolicy, AuthorizationRule, Operation, Source } from '../../../snapshot/policy.ts';
import type { AuthorizationPolicySpec } from '../../resources/kinds/authorization-policy.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Findings } from '../findings.ts';
import { canonicalPathText } from './path-text.ts';
import { namesNoTrustDomain, normalPrincipals } from './principals.ts';

/** A policy in the form that routers evaluate. */
export function compilePolicy(
  policy: Resource<AuthorizationPolicySpec>,
  mesh: MeshSettings,
  findings: Findings,
): AuthorizationPolicy {
  const { namespace, name } = policy.metadata;
  const { action = 'ALLOW', rules = [] } = policy.spec;
  warnOfForeigners(policy, findings);
  return { namespace, name, action, rules: rules.map((rule) => compileRule(rule, mesh.trustDomain)) };
}

/** Stands for a policy whose document can not be read: an ALLOW that allows nothing, a DENY that denies everything. */
export function unreadablePolicy({ metadata, spec }: Resource, why: string): AuthorizationPolicy {
  const action = (spec as { action?: unknown } | null)?.action === 'DENY' ? 'DENY' : 'ALLOW';
  return { namespace: metadata.namespace, name: metadata.name, action, rules: [], invalid: why };
}

type RuleSpec = NonNullable<AuthorizationPolicySpec['rules']>[number];
type SourceSpec = NonNullable<RuleSpec['from']>[number]['source'];
type OperationSpec = NonNullable<RuleSpec['to']>[number]['operation'];

const compileRule = ({ from, to }: RuleSpec, trustDomain: string): AuthorizationRule => ({
  ...(from !== undefined && { from: from.map(({ source }) => compileSource(source, trustDomain)) }),
  ...(to !== undefined && { to: to.map(({ operation }) => compileOperation(operation)) }),
});

function compileSource(source: SourceSpec, trustDomain: string): Source {
  const { principals, notPrincipals, ...namespaces } = source;
  return {
    ...(principals !== undefined && { principals: normalPrincipals(principals, trustDomain) }),
    ...(notPrincipals !== undefined && { notPrincipals: normalPrincipals(notPrincipals, trustDomain) }),
    ...namespaces,
  };
}

function compileOperation({ methods, notMethods, paths, notPaths }: OperationSpec): Operation {
  // The router refuses methods in lower case: a policy that spells them so means the real ones.
  const upper = (list: readonly string[]) => list.map((method) => method.toUpperCase());
  return {
    ...(methods !== undefined && { methods: upper(methods) }),
    ...(notMethods !== undefined && { notMethods: upper(notMethods) }),
    ...(paths !== undefined && { paths: paths.map(canonicalPathText) }),
    ...(notPaths !== undefined && { notPaths: notPaths.map(canonicalPathText) }),
  };
}

function warnOfForeigners(policy: Resource<AuthorizationPolicySpec>, findings: Findings): void {
  policy.spec.rules?.forEach((rule, r) => {
    rule.from?.forEach(({ source }, s) => {
      for (const pattern of source.principals ?? []) {
        if (!namesNoTrustDomain(pattern)) continue;
        const path = `spec.rules[${r}].from[${s}].source.principals`;
        const message = 'has a pattern that names no trust domain: callers of every trusted domain match it';
        findings.warn(policy, path, 'principal-without-trust-domain', message);
      }
    });
  });
}
