import type { PoliciesChunk } from '../../../snapshot/chunk.ts';
import type { MeshSettings } from '../../../snapshot/manifest.ts';
import type { AuthorizationPolicy } from '../../../snapshot/policy.ts';
import {
  AUTHORIZATION_POLICY,
  type AuthorizationPolicySpec,
  ISTIO_AUTHORIZATION_POLICY,
  type PolicyTargetRef,
} from '../../resources/kinds/authorization-policy.ts';
import { GATEWAY } from '../../resources/kinds/gateway.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Findings } from '../findings.ts';
import { type Inventory, nameOf } from '../inventory.ts';
import type { Services } from '../services/collect.ts';
import { hasLabels } from '../services/labels.ts';
import { compilePolicy, unreadablePolicy } from './compile-policy.ts';

/** AuthorizationPolicies where they hold. */
export interface BoundPolicies {
  forService(key: string): readonly AuthorizationPolicy[];
  forGateway(key: string): readonly AuthorizationPolicy[];
  /** Namespace-wide ones; in the root namespace mesh-wide. Only namespaces that have any. */
  readonly wide: readonly PoliciesChunk[];
}

type Policy = Resource<AuthorizationPolicySpec>;

export function bindPolicies(
  inventory: Inventory,
  services: Services,
  mesh: MeshSettings,
  findings: Findings,
): BoundPolicies {
  const binder = new Binder(services, new Set(inventory.of(GATEWAY).map(nameOf)), mesh, findings);
  for (const kind of [ISTIO_AUTHORIZATION_POLICY, AUTHORIZATION_POLICY]) {
    for (const policy of inventory.of(kind)) binder.bind(policy);
  }
  for (const { resource, why } of inventory.unreadable) {
    if (resource.kind === AUTHORIZATION_POLICY.kind) binder.bindUnreadable(resource, why);
  }
  return binder;
}

class Binder implements BoundPolicies {
  readonly #services: Services;
  readonly #gateways: ReadonlySet<string>;
  readonly #mesh: MeshSettings;
  readonly #findings: Findings;
  readonly #byService = new Map<string, AuthorizationPolicy[]>();
  readonly #byGateway = new Map<string, AuthorizationPolicy[]>();
  readonly #byNamespace = new Map<string, AuthorizationPolicy[]>();

  constructor(services: Services, gateways: ReadonlySet<string>, mesh: MeshSettings, findings: Findings) {
    this.#services = services;
    this.#gateways = gateways;
    this.#mesh = mesh;
    this.#findings = findings;
  }

  bind(policy: Policy): void {
    const compiled = compilePolicy(policy, this.#mesh, this.#findings);
    const { selector, targetRef, targetRefs = targetRef === undefined ? [] : [targetRef] } = policy.spec;
    const wanted = selector?.matchLabels ?? {};
    for (const ref of targetRefs) this.#bindTo(ref, policy, compiled);
    if (targetRefs.length > 0) return;
    if (Object.keys(wanted).length > 0) this.#bindSelected(policy, wanted, compiled);
    else push(this.#byNamespace, policy.metadata.namespace, compiled);
  }

  /** What it was bound to can not be read: it holds for its whole namespace. */
  bindUnreadable(resource: Resource, why: string): void {
    this.#findings.fail(resource, 'Accepted', 'Invalid', why);
    this.#findings.warn(
      resource,
      'spec',
      'unreadable-policy',
      `is not valid and denies everything it could hold for: ${why}`,
    );
    push(this.#byNamespace, resource.metadata.namespace, unreadablePolicy(resource, why));
  }

  #bindTo(ref: PolicyTargetRef, policy: Policy, compiled: AuthorizationPolicy): void {
    const { namespace } = policy.metadata;
    const key = `${namespace}/${ref.name}`;
    const gateway = ref.kind === 'Gateway';
    if (ref.namespace !== undefined && ref.namespace !== namespace) {
      const message = `a policy holds in its own namespace: it can not target ${ref.kind} ${ref.namespace}/${ref.name}`;
      this.#findings.fail(policy, 'ResolvedRefs', 'RefNotPermitted', message);
    } else if (gateway ? this.#gateways.has(key) : this.#services.has(key)) {
      push(gateway ? this.#byGateway : this.#byService, key, compiled);
    } else {
      this.#findings.fail(policy, 'ResolvedRefs', 'TargetNotFound', `there is no ${ref.kind} ${key}`);
    }
  }

  /** As in Istio, a selector in the root namespace selects in all namespaces. */
  #bindSelected(policy: Policy, wanted: Readonly<Record<string, string>>, compiled: AuthorizationPolicy): void {
    const { namespace } = policy.metadata;
    for (const [key, service] of this.#services) {
      if (namespace !== this.#mesh.rootNamespace && namespace !== service.namespace) continue;
      if (hasLabels(service.labels, wanted)) push(this.#byService, key, compiled);
    }
  }

  forService(key: string): readonly AuthorizationPolicy[] {
    return this.#byService.get(key) ?? [];
  }

  forGateway(key: string): readonly AuthorizationPolicy[] {
    return this.#byGateway.get(key) ?? [];
  }

  get wide(): PoliciesChunk[] {
    return [...this.#byNamespace]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([namespace, policies]) => ({ kind: 'policies', namespace, policies }));
  }
}

function push(map: Map<string, AuthorizationPolicy[]>, key: string, policy: AuthorizationPolicy): void {
  const list = map.get(key);
  // A policy that names one target twice still holds once.
  if (list === undefined) map.set(key, [policy]);
  else if (!list.includes(policy)) list.push(policy);
}
