import type { AuthorizationPolicy } from '../../../snapshot/policy.ts';
import {
  AUTHORIZATION_POLICY,
  type AuthorizationPolicySpec,
  ISTIO_AUTHORIZATION_POLICY,
} from '../../resources/kinds/authorization-policy.ts';
import type { Resource } from '../../resources/resource.ts';
import { compilePolicy } from '../authorization/compile-policy.ts';
import type { CompiledMesh } from '../compile-mesh.ts';
import { Findings } from '../findings.ts';
import type { Inventory } from '../inventory.ts';
import type { Services } from '../services/collect.ts';
import { hasLabels } from '../services/labels.ts';
import { type Calls, callsOf, contradictionIn } from './calls.ts';

/** Whose callers a policy judges. Keys are `namespace/name`. */
export interface Scope {
  readonly mesh: boolean;
  /** Every service of this namespace. */
  readonly namespace: string | undefined;
  readonly services: ReadonlySet<string>;
  readonly gateways: ReadonlySet<string>;
}

/** An authorization policy with what its rules name. */
export interface AnalysedPolicy {
  readonly resource: Resource<AuthorizationPolicySpec>;
  /** As routers judge it; rules are those of the document, in its order. */
  readonly policy: AuthorizationPolicy;
  readonly scope: Scope;
  /** Not in shadow. */
  readonly inForce: boolean;
  readonly rules: readonly AnalysedRule[];
}

export interface AnalysedRule {
  readonly index: number;
  /** `spec.rules[0]`. */
  readonly path: string;
  /** Undefined: too long to say anything of. Alternatives that name nothing are left out. */
  readonly calls: readonly Calls[] | undefined;
}

export function analysedPolicies(inventory: Inventory, compiled: CompiledMesh, services: Services): AnalysedPolicy[] {
  const gateways = new Set(compiled.gateways.map(({ namespace, name }) => `${namespace}/${name}`));
  return [ISTIO_AUTHORIZATION_POLICY, AUTHORIZATION_POLICY].flatMap((kind) =>
    inventory.of(kind).map((resource) => {
      const policy = compilePolicy(resource, compiled.mesh, new Findings());
      const scope = scopeOf(resource, compiled.mesh.rootNamespace, services, gateways);
      const rules = policy.rules.map((rule, index): AnalysedRule => {
        const calls = callsOf(rule)?.filter((one) => contradictionIn(one, policy.action) === undefined);
        return { index, path: `spec.rules[${index}]`, calls };
      });
      return { resource, policy, scope, inForce: policy.mode !== 'shadow', rules };
    }),
  );
}

/** The same as bind-policies.ts binds. */
function scopeOf(
  { metadata, spec }: Resource<AuthorizationPolicySpec>,
  rootNamespace: string,
  services: Services,
  gateways: ReadonlySet<string>,
): Scope {
  const { namespace } = metadata;
  const { selector, targetRef, targetRefs = targetRef === undefined ? [] : [targetRef] } = spec;
  const wanted = selector?.matchLabels ?? {};
  const none = { mesh: false, namespace: undefined, services: new Set<string>(), gateways: new Set<string>() };
  if (targetRefs.length > 0) {
    const named = (kind: string): string[] =>
      targetRefs
        .filter((ref) => ref.kind === kind && (ref.namespace ?? namespace) === namespace)
        .map((ref) => `${namespace}/${ref.name}`);
    return {
      ...none,
      services: new Set(named('Service').filter((key) => services.has(key))),
      gateways: new Set(named('Gateway').filter((key) => gateways.has(key))),
    };
  }
  const root = namespace === rootNamespace;
  if (Object.keys(wanted).length === 0) return { ...none, mesh: root, namespace: root ? undefined : namespace };
  const selected = [...services].filter(
    ([, service]) => (root || service.namespace === namespace) && hasLabels(service.labels, wanted),
  );
  return { ...none, services: new Set(selected.map(([key]) => key)) };
}

/** Whether one policy judges every call that the other judges. False where the other judges none. */
export function scopeCovers(wide: Scope, narrow: Scope): boolean {
  if (narrow.mesh) return wide.mesh;
  if (![...narrow.gateways].every((key) => wide.gateways.has(key))) return false;
  if (narrow.namespace !== undefined) return wide.mesh || wide.namespace === narrow.namespace;
  const inside = (key: string): boolean =>
    wide.mesh || wide.services.has(key) || wide.namespace === key.slice(0, key.indexOf('/'));
  return narrow.services.size + narrow.gateways.size > 0 && [...narrow.services].every(inside);
}
