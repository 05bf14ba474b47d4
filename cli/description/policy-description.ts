import type { AuthorizationPolicySpec } from '../../policy-store/resources/kinds/authorization-policy.ts';
import type { Resource } from '../../policy-store/resources/resource.ts';
import type { AuthorizationPolicy } from '../../snapshot/policy.ts';
import { isRecord } from '../admin-client.ts';
import type { MeshView } from './mesh-view.ts';

/** A policy that judges the callers of a service or gateway. */
export interface PolicyDescription {
  /** `shop/orders-from-cart`. */
  readonly policy: string;
  readonly action: 'ALLOW' | 'DENY';
  /** What it was written for. */
  readonly scope: 'service' | 'gateway' | 'namespace' | 'mesh';
  /** Any of them; empty: it never holds. */
  readonly rules: readonly string[];
  /** Judged and recorded, but not in force. */
  readonly shadow?: true;
  /** Why it can not be read: then it allows nothing, or denies everything. */
  readonly invalid?: string;
}

/** Everything that judges the callers of a service: its own, its namespace's, the mesh's. */
export function policiesOfService(view: MeshView, namespace: string, name: string): PolicyDescription[] {
  const { rootNamespace } = view.compiled.mesh;
  const wide = (of: string) => view.compiled.policies.find((chunk) => chunk.namespace === of)?.policies ?? [];
  const own = view.service(namespace, name)?.policies ?? [];
  return [
    ...own.map((policy) => described(view, policy, 'service')),
    ...(namespace === rootNamespace ? [] : wide(namespace)).map((policy) => described(view, policy, 'namespace')),
    ...wide(rootNamespace).map((policy) => described(view, policy, 'mesh')),
  ];
}

export const policiesOfGateway = (view: MeshView, namespace: string, name: string): PolicyDescription[] =>
  (view.gateway(namespace, name)?.policies ?? []).map((policy) => described(view, policy, 'gateway'));

/** Services and gateways whose callers a policy judges: `Service shop/orders`; of a wide one, its namespace or the mesh. */
export function holdsFor(view: MeshView, { metadata }: Resource): string[] {
  const isIt = ({ namespace, name }: AuthorizationPolicy): boolean =>
    namespace === metadata.namespace && name === metadata.name;
  const { services, gateways, policies, mesh } = view.compiled;
  const wide = policies.filter((chunk) => chunk.policies.some(isIt));
  return [
    ...wide.map(({ namespace }) => (namespace === mesh.rootNamespace ? 'the whole mesh' : `namespace ${namespace}`)),
    ...services.filter((s) => s.policies.some(isIt)).map((s) => `Service ${s.namespace}/${s.name}`),
    ...gateways.filter((g) => g.policies.some(isIt)).map((g) => `Gateway ${g.namespace}/${g.name}`),
  ];
}

function described(view: MeshView, policy: AuthorizationPolicy, scope: PolicyDescription['scope']): PolicyDescription {
  const { namespace, name, action, mode, invalid } = policy;
  const document = view
    .ofKind('AuthorizationPolicy')
    .find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  const rules = invalid === undefined ? rulesOf(document) : [];
  return {
    policy: `${namespace}/${name}`,
    action,
    scope,
    rules,
    ...(mode === 'shadow' && { shadow: true }),
    ...(invalid !== undefined && { invalid }),
  };
}

/** Rules of a policy in words, as their author wrote them. */
export const rulesOf = (document: Resource | undefined): string[] =>
  ((document?.spec as AuthorizationPolicySpec | undefined)?.rules ?? []).map(ruleText);

type Rule = NonNullable<AuthorizationPolicySpec['rules']>[number];

/** `from principals mesh.local/ns/shop/sa/cart to methods GET, paths /a`; whatever parts the grammar has. */
function ruleText(rule: Rule): string {
  const parts = Object.entries(rule).flatMap(([part, list]) =>
    Array.isArray(list) && list.length > 0 ? [`${part} ${list.map(alternativeText).join(' or ')}`] : [],
  );
  return parts.length === 0 ? 'everything' : parts.join(' ');
}

/** `{ source: { principals: [a, b] } }` and `{ key: request.headers[x], values: [a] }` alike. */
function alternativeText(alternative: unknown): string {
  const fields = Object.entries(isRecord(alternative) ? alternative : {});
  const [[, only] = []] = fields;
  const inner = fields.length === 1 && isRecord(only) ? Object.entries(only) : fields;
  return inner.map(([name, value]) => `${name} ${Array.isArray(value) ? value.join('|') : String(value)}`).join(', ');
}
