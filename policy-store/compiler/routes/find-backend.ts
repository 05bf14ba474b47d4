import type { BackendObject } from '../../resources/kinds/backend-ref.ts';
import { isServiceRef } from '../inventory.ts';
import type { ServiceFacts, Services } from '../services/collect.ts';
import type { ReferenceGrants, Referrer } from './reference-grants.ts';
import type { BackendProblem } from './resolved-backend.ts';

/** A Service, and the port of it that is meant. */
export interface FoundBackend {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  readonly service: ServiceFacts;
}

/**
 * The Service that a document means, or why it means none.
 * @param permitted services of other namespaces that it may refer to without a grant
 */
export function findBackend(
  ref: BackendObject,
  from: Referrer,
  services: Pick<Services, 'get'>,
  grants: Pick<ReferenceGrants, 'allows'>,
  permitted?: ReadonlySet<string>,
): FoundBackend | BackendProblem {
  const { namespace = from.namespace, name } = ref;
  const key = `${namespace}/${name}`;
  const problem = kindProblem(ref) ?? (permitted?.has(key) ? undefined : grantProblem(from, namespace, name, grants));
  if (problem !== undefined) return problem;
  const service = services.get(key);
  if (service === undefined) return notFound(`there is no Service ${key}`);
  return portProblem(service, ref.port) ?? { namespace, name, port: ref.port ?? service.ports[0]?.port ?? 80, service };
}

const notFound = (message: string): BackendProblem => ({ reason: 'BackendNotFound', message });

function kindProblem(ref: BackendObject): BackendProblem | undefined {
  if (isServiceRef(ref)) return undefined;
  const message = `a backendRef must be a Service, not ${ref.kind ?? 'Service'} of group "${ref.group ?? ''}"`;
  return { reason: 'InvalidKind', message };
}

function grantProblem(
  from: Referrer,
  namespace: string,
  name: string,
  grants: Pick<ReferenceGrants, 'allows'>,
): BackendProblem | undefined {
  if (grants.allows(from, { kind: 'Service', namespace, name })) return undefined;
  const who = from.kind === 'TrafficPolicy' ? 'policy' : 'route';
  const plural = from.kind === 'TrafficPolicy' ? 'TrafficPolicies' : `${from.kind}s`;
  const message = `Service ${namespace}/${name} is in another namespace than the ${who}: a ReferenceGrant in ${namespace} must let ${plural} of ${from.namespace} refer to it`;
  return { reason: 'RefNotPermitted', message };
}

function portProblem({ namespace, name, ports }: ServiceFacts, port: number | undefined): BackendProblem | undefined {
  const known = ports.map((entry) => entry.port).join(', ');
  if (port === undefined) {
    return ports.length === 1 ? undefined : notFound(`Service ${namespace}/${name} has ports ${known}: say which`);
  }
  if (ports.some((entry) => entry.port === port)) return undefined;
  return notFound(`Service ${namespace}/${name} has no port ${port}, only ${known}`);
}
