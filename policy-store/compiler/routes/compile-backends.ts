import type { Backend } from '../../../snapshot/route.ts';
import type { BackendRef } from '../../resources/kinds/http-route.ts';
import type { ServiceFacts, Services } from '../services/collect.ts';
import { compileFilters } from './compile-filters.ts';

/** Why a backendRef can not be used (Gateway API RouteConditionReason). */
export interface BackendProblem {
  readonly reason: 'InvalidKind' | 'RefNotPermitted' | 'BackendNotFound';
  readonly message: string;
}

/** Groups under which a Service is known. */
const SERVICE_GROUPS = new Set(['', 'core', 'gossamer.mesh']);

export const isServiceRef = ({ group = '', kind = 'Service' }: { group?: string; kind?: string }): boolean =>
  kind === 'Service' && SERVICE_GROUPS.has(group);

/**
 * A backendRef as the router needs it. An invalid one keeps its share of the weight and answers 500 for it.
 * @param permitted services of other namespaces that this route may send to
 */
export function compileBackend(
  ref: BackendRef,
  routeNamespace: string,
  services: Services,
  permitted: ReadonlySet<string>,
  report: (problem: BackendProblem) => void,
): Backend {
  const { weight = 1 } = ref;
  const namespace = ref.namespace ?? routeNamespace;
  const key = `${namespace}/${ref.name}`;
  const service = services.get(key);
  const problem =
    kindProblem(ref) ??
    (namespace === routeNamespace || permitted.has(key) ? undefined : notPermitted(key, routeNamespace)) ??
    (service === undefined ? notFound(`there is no Service ${key}`) : portProblem(service, ref.port));
  if (problem !== undefined || service === undefined) {
    if (problem !== undefined) report(problem);
    return { weight, invalid: problem?.message ?? '' };
  }
  const port = ref.port ?? service.ports[0]?.port ?? 80;
  return { weight, namespace, name: ref.name, port, filters: compileFilters(ref.filters) };
}

const notFound = (message: string): BackendProblem => ({ reason: 'BackendNotFound', message });

function kindProblem(ref: BackendRef): BackendProblem | undefined {
  if (isServiceRef(ref)) return undefined;
  const message = `a backendRef must be a Service, not ${ref.kind ?? 'Service'} of group "${ref.group ?? ''}"`;
  return { reason: 'InvalidKind', message };
}

const notPermitted = (key: string, routeNamespace: string): BackendProblem => ({
  reason: 'RefNotPermitted',
  message: `Service ${key} is in another namespace than the route: put the route into it (routes of ${routeNamespace} are not granted access)`,
});

function portProblem({ namespace, name, ports }: ServiceFacts, port: number | undefined): BackendProblem | undefined {
  const known = ports.map((entry) => entry.port).join(', ');
  if (port === undefined) {
    return ports.length === 1 ? undefined : notFound(`Service ${namespace}/${name} has ports ${known}: say which`);
  }
  if (ports.some((entry) => entry.port === port)) return undefined;
  return notFound(`Service ${namespace}/${name} has no port ${port}, only ${known}`);
}
