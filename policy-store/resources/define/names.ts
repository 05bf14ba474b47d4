import { didYouMean } from '../schema/closest.ts';
import type { AnyMesh } from './mesh-input.ts';
import type { ServiceSettings } from './service-input.ts';

/** Where a document is. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

const GATEWAY_API = 'gateway.networking.k8s.io';
const SPIFFE = 'spiffe://';

/** Looks up the names of a mesh. A name that is not there is an error: types say so first, where somebody checks them. */
export class Names {
  readonly #namespace: string;
  readonly #trustDomain: string;
  readonly #services: ReadonlyMap<string, string | readonly string[] | ServiceSettings<string> | undefined>;
  readonly #gateways: ReadonlySet<string>;
  readonly #workloads: ReadonlyMap<string, { readonly spiffeId?: string }>;
  readonly #routes: ReadonlySet<string>;
  readonly #faults: ReadonlySet<string>;

  constructor({ namespace = 'default', mesh, services = {}, workloads = {}, gateways = {}, ...rest }: AnyMesh) {
    const { routes = {}, faults = {}, elsewhere = {} } = rest;
    const others = (elsewhere.services ?? []).map((name) => [name, undefined] as const);
    this.#namespace = namespace;
    this.#trustDomain = mesh?.trustDomain ?? elsewhere.trustDomain ?? 'mesh.local';
    this.#services = new Map([...Object.entries(services), ...others]);
    this.#gateways = new Set([...Object.keys(gateways), ...(elsewhere.gateways ?? [])]);
    this.#workloads = new Map(
      isList(workloads) ? workloads.map((name): [string, object] => [name, {}]) : Object.entries(workloads),
    );
    this.#routes = new Set(Object.keys(routes));
    this.#faults = new Set(Object.keys(faults));
    for (const name of this.#gateways) {
      if (this.#services.has(name)) throw new TypeError(`"${name}" is a service and a gateway: rename one of them`);
    }
  }

  /** `orders` is in the mesh's namespace, `billing/invoices` in another. */
  place(name: string): Place {
    const slash = name.indexOf('/');
    if (slash < 0) return { namespace: this.#namespace, name };
    return { namespace: name.slice(0, slash), name: name.slice(slash + 1) };
  }

  service(name: string, where: string): Place {
    if (!this.#services.has(name)) throw unknown('service', name, where, this.#services.keys());
    return this.place(name);
  }

  route(name: string, where: string): Place {
    if (!this.#routes.has(name)) throw unknown('route', name, where, this.#routes);
    return this.place(name);
  }

  /** A fault of the namespace of the route that names it. */
  fault(name: string, namespace: string, where: string): string {
    if (!this.#faults.has(name)) throw unknown('fault', name, where, this.#faults);
    const place = this.place(name);
    if (place.namespace === namespace) return place.name;
    throw new TypeError(`${where}: ${name} is in another namespace than the route`);
  }

  /** A service or gateway, as a reference from a document in `from`. */
  reference(name: string, from: string, where: string): Reference {
    const gateway = this.#gateways.has(name);
    if (!gateway && !this.#services.has(name)) {
      throw unknown('service or gateway', name, where, [...this.#services.keys(), ...this.#gateways]);
    }
    const place = this.place(name);
    const home = place.namespace === from ? {} : { namespace: place.namespace };
    return { group: gateway ? GATEWAY_API : '', kind: gateway ? 'Gateway' : 'Service', ...home, name: place.name };
  }

  /** First port of a service; 80 of one that says nothing, or is defined elsewhere. */
  portOf(service: string): number {
    const settings = this.#services.get(service);
    const [first = 80] = isSettings(settings) ? (settings.ports ?? []) : [];
    return typeof first === 'number' ? first : first.port;
  }

  /** SPIFFE ID that a service answers under; undefined when it is the one of its name. */
  identityOf(service: string): string | undefined {
    const settings = this.#services.get(service);
    const identity = isSettings(settings) ? settings.identity : undefined;
    if (identity === undefined || identity.startsWith(SPIFFE)) return identity;
    this.service(identity, `services.${service}.identity`);
    const lender = this.#services.get(identity);
    const own = isSettings(lender) ? lender.identity : undefined;
    if (own === undefined || own.startsWith(SPIFFE)) return own ?? this.#defaultIdentity(identity);
    throw new TypeError(`services.${service}.identity: ${identity} answers as ${own} itself: name that one`);
  }

  /** A caller's principal as policies write it: `mesh.local/ns/shop/sa/orders`. */
  principalOf(caller: string, where: string): string {
    const service = this.#services.has(caller);
    const workload = this.#workloads.get(caller);
    if (!service && workload === undefined && !this.#gateways.has(caller)) {
      const known = [...this.#services.keys(), ...this.#gateways, ...this.#workloads.keys()];
      throw unknown('service, gateway or workload', caller, where, known);
    }
    const own = this.#defaultIdentity(caller);
    const answers = service ? (this.identityOf(caller) ?? own) : undefined;
    const calls = workload === undefined ? undefined : (workload.spiffeId ?? own);
    if (answers !== undefined && calls !== undefined && answers !== calls) {
      const message = `service ${caller} is ${answers}, workload ${caller} is ${calls}: say which with { principal: '...' }`;
      throw new TypeError(`${where}: ${message}`);
    }
    return (answers ?? calls ?? own).slice(SPIFFE.length);
  }

  #defaultIdentity(name: string): string {
    const place = this.place(name);
    return `${SPIFFE}${this.#trustDomain}/ns/${place.namespace}/sa/${place.name}`;
  }
}

/** A reference to a service or gateway; `namespace` only where it is another than the document's own. */
export interface Reference {
  readonly group: '' | typeof GATEWAY_API;
  readonly kind: 'Service' | 'Gateway';
  readonly namespace?: string;
  readonly name: string;
}

/** Whether a value is a list; `Array.isArray` loses the type of read-only ones. */
export const isList = <T>(value: T | readonly T[] | object): value is readonly T[] => Array.isArray(value);

/** One or several, as a list. */
export const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : isList<T>(value as T | readonly T[] | object) ? (value as readonly T[]) : [value as T];

const isSettings = (value: unknown): value is ServiceSettings<string> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function unknown(what: string, name: string, where: string, known: Iterable<string>): TypeError {
  const names = [...new Set(known)];
  const guess = didYouMean(name, names) || `; known are ${names.slice(0, 20).join(', ') || 'none'}`;
  return new TypeError(`${where}: there is no ${what} "${name}"${guess}`);
}
