import type { ServiceChunk } from '../../../snapshot/chunk.ts';
import type { GatewayChunk } from '../../../snapshot/gateway-chunk.ts';
import type { MeshSettings } from '../../../snapshot/manifest.ts';
import type { Fallback, RouteRule, RouteTable } from '../../../snapshot/route.ts';
import type { Resource } from '../../resources/resource.ts';
import type { CompiledMesh } from '../compile-mesh.ts';
import { Findings } from '../findings.ts';
import { Inventory } from '../inventory.ts';
import { collectServices, type Services } from '../services/collect.ts';
import { type AnalysedPolicy, analysedPolicies } from './analysed-policy.ts';
import { knownCallers } from './known-callers.ts';

/** A way into a service from outside. */
export interface Entrance {
  readonly gateway: GatewayChunk;
  readonly rule: RouteRule;
}

/** A table of routes, and whose it is. */
export interface OwnedTable {
  readonly table: RouteTable;
  /** `Service shop/orders`, `Gateway shop/edge, host shop.example`. */
  readonly owner: string;
  /** Of a service: `namespace/name`. */
  readonly service: ServiceChunk | undefined;
}

/** All documents of a mesh, what they compile to, and what analyzers ask of them. Keys are `namespace/name`. */
export class AnalysedMesh {
  readonly resources: readonly Resource[];
  readonly compiled: CompiledMesh;
  readonly settings: MeshSettings;
  readonly inventory: Inventory;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** `gossamer dev`: tokens are minted for whoever is registered. */
  readonly dev: boolean;
  readonly services: Services;
  readonly chunks: ReadonlyMap<string, ServiceChunk>;
  readonly policies: readonly AnalysedPolicy[];
  /** Principal (`mesh.local/ns/shop/sa/cart`) -> the document that has this identity. */
  readonly callers: ReadonlyMap<string, Resource>;
  readonly tables: readonly OwnedTable[];
  /** Service -> the rules of Gateways that send to it. */
  readonly entrances: ReadonlyMap<string, readonly Entrance[]>;
  /** Services that routes of other services send to, and those that are fallen back to. */
  readonly backends: ReadonlySet<string>;
  readonly #policiesOf = new Map<string, readonly AnalysedPolicy[]>();

  constructor(resources: readonly Resource[], compiled: CompiledMesh, world: { now: number; dev: boolean }) {
    this.resources = resources;
    this.compiled = compiled;
    this.settings = compiled.mesh;
    this.now = world.now;
    this.dev = world.dev;
    this.inventory = new Inventory(resources);
    this.services = collectServices(this.inventory, compiled.mesh, { dev: true, allowed: [] }, new Findings());
    this.chunks = new Map(compiled.services.map((chunk) => [`${chunk.namespace}/${chunk.name}`, chunk]));
    this.policies = analysedPolicies(this.inventory, compiled, this.services);
    this.callers = knownCallers(this.inventory, compiled);
    this.tables = [...tablesOf(compiled)];
    this.entrances = entrancesOf(compiled);
    this.backends = new Set([
      ...this.tables.flatMap(({ table, service }) =>
        service === undefined ? [] : backendsOf(table.rules).filter((key) => this.chunks.get(key) !== service),
      ),
      ...fallbacksOf([
        ...compiled.services.map(({ traffic }) => traffic),
        ...this.tables.flatMap((t) => t.table.rules),
      ]),
    ]);
  }

  /** Every policy that judges the callers of a service: its own, its namespace's and the mesh's. */
  policiesOf(service: string): readonly AnalysedPolicy[] {
    let found = this.#policiesOf.get(service);
    if (found === undefined) {
      const [namespace] = service.split('/');
      found = this.policies.filter(
        ({ scope }) => scope.mesh || scope.namespace === namespace || scope.services.has(service),
      );
      this.#policiesOf.set(service, found);
    }
    return found;
  }

  /** Services whose callers a policy judges. */
  servicesOf({ scope }: AnalysedPolicy): readonly ServiceChunk[] {
    return this.compiled.services.filter(
      ({ namespace, name }) =>
        scope.mesh || scope.namespace === namespace || scope.services.has(`${namespace}/${name}`),
    );
  }
}

function* tablesOf({ services, gateways }: CompiledMesh): Iterable<OwnedTable> {
  for (const service of services) {
    const owner = `Service ${service.namespace}/${service.name}`;
    for (const { default: table, byPort } of [service.routes, ...Object.values(service.consumerRoutes)]) {
      for (const each of [...(table === null ? [] : [table]), ...Object.values(byPort)]) {
        yield { table: each, owner, service };
      }
    }
  }
  for (const { namespace, name, listeners } of gateways) {
    for (const { hosts } of listeners) {
      for (const { hostname, table } of hosts) {
        const owner = `Gateway ${namespace}/${name}, host ${hostname}`;
        yield { table, owner, service: undefined };
      }
    }
  }
}

function entrancesOf({ gateways }: CompiledMesh): Map<string, Entrance[]> {
  const entrances = new Map<string, Entrance[]>();
  for (const gateway of gateways) {
    for (const { hosts } of gateway.listeners) {
      for (const rule of hosts.flatMap(({ table }) => table.rules)) {
        for (const key of backendsOf([rule])) entrances.set(key, [...(entrances.get(key) ?? []), { gateway, rule }]);
      }
    }
  }
  return entrances;
}

/** Of those that get a share. */
const backendsOf = (rules: readonly RouteRule[]): string[] =>
  rules.flatMap(({ backends }) =>
    backends.flatMap((one) => ('invalid' in one || one.weight === 0 ? [] : [`${one.namespace}/${one.name}`])),
  );

const fallbacksOf = (settings: readonly { readonly fallback?: Fallback }[]): string[] =>
  settings.flatMap(({ fallback }) =>
    fallback !== undefined && 'service' in fallback ? [`${fallback.service.namespace}/${fallback.service.name}`] : [],
  );
