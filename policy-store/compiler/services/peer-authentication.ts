import type { ServiceChunk } from '../../../snapshot/chunk.ts';
import type { MeshSettings } from '../../../snapshot/manifest.ts';
import { PEER_AUTHENTICATION, type PeerAuthenticationSpec } from '../../resources/kinds/peer-authentication.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Findings } from '../findings.ts';
import { type Inventory, nameOf, olderFirst } from '../inventory.ts';
import type { ServiceFacts } from './collect.ts';
import { hasLabels } from './labels.ts';

type Mode = ServiceChunk['peerAuthentication'];
type Policy = Resource<PeerAuthenticationSpec>;

/**
 * The mode of each service: a policy that selects it, else its namespace's, else the mesh's (root namespace), else
 * STRICT. UNSET asks the next wider one. Of several at one level the oldest holds.
 */
export function peerAuthentications(
  inventory: Inventory,
  mesh: MeshSettings,
  findings: Findings,
): (service: ServiceFacts) => Mode {
  const policies = [...inventory.of(PEER_AUTHENTICATION)].sort(olderFirst);
  const wide = new Map<string, Policy>();
  const selecting: Policy[] = [];
  for (const policy of policies) {
    const { namespace } = policy.metadata;
    const winner = wide.get(namespace);
    if (wantedLabels(policy) !== undefined) selecting.push(policy);
    else if (winner === undefined) wide.set(namespace, policy);
    else findings.reject(policy, 'Conflicted', `namespace ${namespace} has ${nameOf(winner)} already`);
  }
  return (service) => {
    const own = selecting.filter(
      (policy) =>
        policy.metadata.namespace === service.namespace && hasLabels(service.labels, wantedLabels(policy) ?? {}),
    );
    const candidates = [own[0], wide.get(service.namespace), wide.get(mesh.rootNamespace)];
    for (const policy of candidates) {
      const mode = policy?.spec.mtls?.mode ?? 'UNSET';
      if (mode !== 'UNSET') return mode;
    }
    return 'STRICT';
  };
}

/** Undefined: the policy is for its whole namespace. An empty selector means the same, as in Istio. */
function wantedLabels({ spec }: Policy): Readonly<Record<string, string>> | undefined {
  const wanted = spec.selector?.matchLabels ?? {};
  return Object.keys(wanted).length === 0 ? undefined : wanted;
}
