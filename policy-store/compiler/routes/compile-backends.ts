import type { Backend, Filter, ValidBackend } from '../../../snapshot/route.ts';
import type { BackendObject } from '../../resources/kinds/backend-ref.ts';
import type { HttpRouteFilter } from '../../resources/kinds/http-route-filter.ts';
import { isServiceRef } from '../inventory.ts';
import type { ServiceFacts, Services } from '../services/collect.ts';
import { compileFilters } from './compile-filters.ts';
import type { ReferenceGrants, Referrer } from './reference-grants.ts';
import type { BackendProblem, ResolveBackend } from './resolved-backend.ts';

/** Finds what the references of one route mean. */
export class BackendResolver {
  readonly #from: Referrer & { readonly kind: 'HTTPRoute' | 'GRPCRoute' };
  readonly #services: Services;
  readonly #grants: ReferenceGrants;
  readonly #permitted: ReadonlySet<string>;
  readonly #report: (problem: BackendProblem) => void;

  /** @param permitted services of other namespaces that the route may send to without a grant */
  constructor(
    from: Referrer & { readonly kind: 'HTTPRoute' | 'GRPCRoute' },
    mesh: { readonly services: Services; readonly grants: ReferenceGrants },
    permitted: ReadonlySet<string>,
    report: (problem: BackendProblem) => void,
  ) {
    this.#from = from;
    this.#services = mesh.services;
    this.#grants = mesh.grants;
    this.#permitted = permitted;
    this.#report = report;
  }

  /** A backend of a rule. An invalid one keeps its share of the weight and answers 500 for it. */
  backend(ref: BackendObject & { readonly weight?: number; readonly filters?: readonly HttpRouteFilter[] }): Backend {
    const { weight = 1 } = ref;
    const found = this.#resolve(ref);
    if ('invalid' in found) return { weight, invalid: found.invalid };
    return { weight, ...found, filters: this.filters(ref.filters) };
  }

  /** Filters of the route's rules or backends, mirrors included. */
  filters(specs: readonly HttpRouteFilter[] | undefined): Filter[] {
    return compileFilters(specs, (ref) => this.#resolve(ref));
  }

  #resolve(ref: BackendObject): ReturnType<ResolveBackend> {
    const { namespace = this.#from.namespace, name } = ref;
    const key = `${namespace}/${name}`;
    const service = this.#services.get(key);
    const problem =
      kindProblem(ref) ??
      this.#permissionProblem(namespace, name) ??
      (service === undefined ? notFound(`there is no Service ${key}`) : portProblem(service, ref.port));
    if (problem !== undefined || service === undefined) {
      if (problem !== undefined) this.#report(problem);
      return { invalid: problem?.message ?? '' };
    }
    const port = ref.port ?? service.ports[0]?.port ?? 80;
    return { namespace, name, port, ...this.#protocolOf(service, port) };
  }

  /** gRPC is HTTP/2: whoever routes it says so, where the port itself says nothing. */
  #protocolOf({ ports }: ServiceFacts, port: number): Pick<ValidBackend, 'appProtocol'> {
    const says = ports.find((entry) => entry.port === port)?.appProtocol;
    return this.#from.kind === 'GRPCRoute' && says === undefined ? { appProtocol: 'kubernetes.io/h2c' } : {};
  }

  #permissionProblem(namespace: string, name: string): BackendProblem | undefined {
    const { kind, namespace: own } = this.#from;
    if (this.#permitted.has(`${namespace}/${name}`)) return undefined;
    if (this.#grants.allows(this.#from, { kind: 'Service', namespace, name })) return undefined;
    const message = `Service ${namespace}/${name} is in another namespace than the route: a ReferenceGrant in ${namespace} must let ${kind}s of ${own} refer to it`;
    return { reason: 'RefNotPermitted', message };
  }
}

const notFound = (message: string): BackendProblem => ({ reason: 'BackendNotFound', message });

function kindProblem(ref: BackendObject): BackendProblem | undefined {
  if (isServiceRef(ref)) return undefined;
  const message = `a backendRef must be a Service, not ${ref.kind ?? 'Service'} of group "${ref.group ?? ''}"`;
  return { reason: 'InvalidKind', message };
}

function portProblem({ namespace, name, ports }: ServiceFacts, port: number | undefined): BackendProblem | undefined {
  const known = ports.map((entry) => entry.port).join(', ');
  if (port === undefined) {
    return ports.length === 1 ? undefined : notFound(`Service ${namespace}/${name} has ports ${known}: say which`);
  }
  if (ports.some((entry) => entry.port === port)) return undefined;
  return notFound(`Service ${namespace}/${name} has no port ${port}, only ${known}`);
}
