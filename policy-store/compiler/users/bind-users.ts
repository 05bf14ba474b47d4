import type { MeshSettings } from '../../../snapshot/manifest.ts';
import type { UserRule } from '../../../snapshot/user-rule.ts';
import type { PolicyTargetRef } from '../../resources/kinds/authorization-policy.ts';
import { GATEWAY } from '../../resources/kinds/gateway.ts';
import {
  REQUEST_AUTHENTICATION,
  type RequestAuthenticationSpec,
} from '../../resources/kinds/request-authentication.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Findings } from '../findings.ts';
import { type Inventory, nameOf } from '../inventory.ts';
import type { Services } from '../services/collect.ts';
import { hasLabels } from '../services/labels.ts';
import { type CompiledKeySet, compileUserRules, unreadableUserRule } from './compile-user-rules.ts';

/** RequestAuthentications where they hold. */
export interface BoundUsers {
  forService(key: string): readonly UserRule[];
  forGateway(key: string): readonly UserRule[];
  /** Namespace-wide ones; in the root namespace mesh-wide. */
  readonly wide: ReadonlyMap<string, readonly UserRule[]>;
  /** By name, each once. */
  readonly keySets: readonly CompiledKeySet[];
}

/** As a member of a chunk: absent where there is none, as in most meshes. */
export const usersOf = (users: readonly UserRule[]): { readonly users?: readonly UserRule[] } =>
  users.length === 0 ? {} : { users };

type Policy = Resource<RequestAuthenticationSpec>;

export interface UserContext {
  readonly inventory: Inventory;
  readonly services: Services;
  readonly mesh: MeshSettings;
  readonly strictAudiences: boolean;
  readonly findings: Findings;
}

export function bindUsers(context: UserContext): BoundUsers {
  const { inventory, findings } = context;
  const binder = new Binder(context);
  for (const policy of inventory.of(REQUEST_AUTHENTICATION)) binder.bind(policy);
  for (const { resource, why } of inventory.unreadable) {
    if (resource.kind !== REQUEST_AUTHENTICATION.kind) continue;
    findings.fail(resource, 'Accepted', 'Invalid', why);
    findings.warn(
      resource,
      'spec',
      'unreadable-policy',
      `is not valid and refuses everything it could hold for: ${why}`,
    );
    binder.bindWide(resource, [unreadableUserRule(resource, why)]);
  }
  return binder;
}

class Binder implements BoundUsers {
  readonly wide = new Map<string, UserRule[]>();
  readonly #context: UserContext;
  readonly #gateways: ReadonlySet<string>;
  readonly #byService = new Map<string, UserRule[]>();
  readonly #byGateway = new Map<string, UserRule[]>();
  readonly #keySets = new Map<string, CompiledKeySet>();

  constructor(context: UserContext) {
    this.#context = context;
    this.#gateways = new Set(context.inventory.of(GATEWAY).map(nameOf));
  }

  bind(policy: Policy): void {
    const { strictAudiences, findings } = this.#context;
    const { rules, keySets } = compileUserRules(policy, strictAudiences, findings);
    for (const keySet of keySets) this.#keySets.set(keySet.name, keySet);
    const { selector, targetRef, targetRefs = targetRef === undefined ? [] : [targetRef] } = policy.spec;
    const wanted = selector?.matchLabels ?? {};
    for (const ref of targetRefs) this.#bindTo(ref, policy, rules);
    if (targetRefs.length > 0) return;
    if (Object.keys(wanted).length > 0) this.#bindSelected(policy, wanted, rules);
    else this.bindWide(policy, rules);
  }

  bindWide({ metadata }: Resource, rules: readonly UserRule[]): void {
    push(this.wide, metadata.namespace, rules);
  }

  #bindTo(ref: PolicyTargetRef, policy: Policy, rules: readonly UserRule[]): void {
    const { services, findings } = this.#context;
    const { namespace } = policy.metadata;
    const key = `${namespace}/${ref.name}`;
    const gateway = ref.kind === 'Gateway';
    if (ref.namespace !== undefined && ref.namespace !== namespace) {
      const message = `a policy holds in its own namespace: it can not target ${ref.kind} ${ref.namespace}/${ref.name}`;
      findings.fail(policy, 'ResolvedRefs', 'RefNotPermitted', message);
    } else if (gateway ? this.#gateways.has(key) : services.has(key)) {
      push(gateway ? this.#byGateway : this.#byService, key, rules);
    } else {
      findings.fail(policy, 'ResolvedRefs', 'TargetNotFound', `there is no ${ref.kind} ${key}`);
    }
  }

  /** As in Istio, a selector in the root namespace selects in all namespaces. */
  #bindSelected(policy: Policy, wanted: Readonly<Record<string, string>>, rules: readonly UserRule[]): void {
    const { services, mesh } = this.#context;
    const { namespace } = policy.metadata;
    for (const [key, service] of services) {
      if (namespace !== mesh.rootNamespace && namespace !== service.namespace) continue;
      if (hasLabels(service.labels, wanted)) push(this.#byService, key, rules);
    }
  }

  forService(key: string): readonly UserRule[] {
    return this.#byService.get(key) ?? [];
  }

  forGateway(key: string): readonly UserRule[] {
    return this.#byGateway.get(key) ?? [];
  }

  get keySets(): CompiledKeySet[] {
    return [...this.#keySets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function push(map: Map<string, UserRule[]>, key: string, rules: readonly UserRule[]): void {
  if (rules.length > 0) map.set(key, [...(map.get(key) ?? []), ...rules]);
}
