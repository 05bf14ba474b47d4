import type { Backend, FaultRule, Filter, ValidBackend } from '../../../snapshot/route.ts';
import type { BackendObject } from '../../resources/kinds/backend-ref.ts';
import type { HttpRouteFilter } from '../../resources/kinds/http-route-filter.ts';
import type { Services } from '../services/collect.ts';
import { compileFilters } from './compile-filters.ts';
import { type FoundBackend, findBackend } from './find-backend.ts';
import type { ReferenceGrants, Referrer } from './reference-grants.ts';
import type { BackendProblem, ResolveBackend } from './resolved-backend.ts';

/** What routes refer to. */
export interface Referents {
  readonly services: Pick<Services, 'get'>;
  readonly grants: Pick<ReferenceGrants, 'allows'>;
  /** @param key `namespace/name` of a FaultInjection */
  fault(key: string): FaultRule | undefined;
}

/** Finds what the references of one route mean. */
export class BackendResolver {
  readonly #from: Referrer & { readonly kind: 'HTTPRoute' | 'GRPCRoute' };
  readonly #mesh: Referents;
  readonly #permitted: ReadonlySet<string>;
  readonly #report: (problem: BackendProblem) => void;

  /** @param permitted services of other namespaces that the route may send to without a grant */
  constructor(
    from: Referrer & { readonly kind: 'HTTPRoute' | 'GRPCRoute' },
    mesh: Referents,
    permitted: ReadonlySet<string>,
    report: (problem: BackendProblem) => void,
  ) {
    this.#from = from;
    this.#mesh = mesh;
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
    const resolve: ResolveBackend = (ref) => this.#resolve(ref);
    return compileFilters(specs, resolve, (name) => this.#fault(name) !== undefined);
  }

  /** Faults that a rule refers to among its filters. */
  faults(specs: readonly HttpRouteFilter[] | undefined): FaultRule[] {
    return (specs ?? []).flatMap(({ extensionRef }) => {
      if (extensionRef === undefined) return [];
      const found = this.#fault(extensionRef.name);
      if (found !== undefined) return [found];
      const message = `there is no FaultInjection ${this.#from.namespace}/${extensionRef.name}`;
      this.#report({ reason: 'FilterNotFound', message });
      return [];
    });
  }

  #fault(name: string): FaultRule | undefined {
    return this.#mesh.fault(`${this.#from.namespace}/${name}`);
  }

  #resolve(ref: BackendObject): ReturnType<ResolveBackend> {
    const { services, grants } = this.#mesh;
    const found = findBackend(ref, this.#from, services, grants, this.#permitted);
    if ('reason' in found) {
      this.#report(found);
      return { invalid: found.message };
    }
    const { namespace, name, port } = found;
    return { namespace, name, port, ...this.#protocolOf(found) };
  }

  /** gRPC is HTTP/2: whoever routes it says so, where the port itself says nothing. */
  #protocolOf({ service, port }: FoundBackend): Pick<ValidBackend, 'appProtocol'> {
    const says = service.ports.find((entry) => entry.port === port)?.appProtocol;
    return this.#from.kind === 'GRPCRoute' && says === undefined ? { appProtocol: 'kubernetes.io/h2c' } : {};
  }
}
