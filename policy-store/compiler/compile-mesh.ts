import type { PoliciesChunk, ServiceChunk } from '../../snapshot/chunk.ts';
import type { GatewayChunk } from '../../snapshot/gateway-chunk.ts';
import type { MeshSettings } from '../../snapshot/manifest.ts';
import { AUTHORIZATION_POLICY } from '../resources/kinds/authorization-policy.ts';
import { MESH_CONFIG } from '../resources/kinds/mesh-config.ts';
import { REQUEST_AUTHENTICATION } from '../resources/kinds/request-authentication.ts';
import type { Condition, Diagnostic, Resource, Status } from '../resources/resource.ts';
import { resourceKey } from '../resources/resource-key.ts';
import { parseRange } from '../resources/schema/ip-range.ts';
import type { OidcIssuer } from '../resources/schema/oidc-issuer.ts';
import { type BoundPolicies, bindPolicies } from './authorization/bind-policies.ts';
import { Findings } from './findings.ts';
import { compileGateways } from './gateways/compile-gateways.ts';
import { Inventory } from './inventory.ts';
import { meshSettings } from './mesh-settings.ts';
import { attachRoutes } from './routes/attach-routes.ts';
import { RouteCompiler } from './routes/compile-route.ts';
import { ReferenceGrants } from './routes/reference-grants.ts';
import { NO_ROUTES } from './routes/service-routes.ts';
import { collectServices } from './services/collect.ts';
import { peerAuthentications } from './services/peer-authentication.ts';
import { bindTraffic } from './traffic/bind-traffic.ts';
import { type BoundUsers, bindUsers, usersOf } from './users/bind-users.ts';
import type { CompiledKeySet } from './users/compile-user-rules.ts';
import { type CompiledWorkload, compileWorkloads } from './workloads.ts';

/** All that the documents of a mesh come to. */
export interface CompiledMesh {
  readonly mesh: MeshSettings;
  /** MeshConfig.allowedEndpointRanges: what the store itself may reach too. */
  readonly allowedRanges: readonly string[];
  readonly services: readonly ServiceChunk[];
  readonly policies: readonly PoliciesChunk[];
  readonly gateways: readonly GatewayChunk[];
  /** Keys of issuers of end-user tokens that the snapshot has to hold. */
  readonly keySets: readonly CompiledKeySet[];
  readonly workloads: readonly CompiledWorkload[];
  /** OIDC issuers whose word counts, as the MeshConfig lists them. */
  readonly issuers: readonly OidcIssuer[];
  /** By `resourceKey`. */
  readonly conditions: ReadonlyMap<string, readonly Condition[]>;
  /** The same with what there is to say of parents and listeners. By `resourceKey`. */
  readonly statuses: ReadonlyMap<string, Status>;
  /** With an error among them the documents must not be taken. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Compiles a whole mesh. Pure: equal documents give equal output in any order of input. Never throws; what can not be
 * compiled is reported, and as far as it protects something it denies.
 * @param options.dev loopback and private addresses are allowed, sockets outside of loopback are not
 */
export function compileMesh(resources: readonly Resource[], options: { readonly dev: boolean }): CompiledMesh {
  const findings = new Findings();
  const inventory = new Inventory(resources);
  reportUnreadable(inventory, findings);
  const config = inventory.of(MESH_CONFIG)[0]?.spec ?? {};
  const mesh = meshSettings(config);
  const allowed = (config.allowedEndpointRanges ?? []).flatMap((text) => parseRange(text) ?? []);
  const services = collectServices(inventory, mesh, { dev: options.dev, allowed }, findings);
  const grants = new ReferenceGrants(inventory);
  const traffic = bindTraffic({ inventory, services, grants, trustDomain: mesh.trustDomain, findings });
  const compiler = new RouteCompiler(services, grants, traffic);
  const routes = attachRoutes({ inventory, services, grants, traffic, compiler, findings });
  const policies = bindPolicies(inventory, services, mesh, findings);
  const strictAudiences = config.strictAudiences ?? false;
  const users = bindUsers({ inventory, services, mesh, strictAudiences, findings });
  const peerAuthentication = peerAuthentications(inventory, mesh, findings);
  const chunks = [...services].map(([key, service]): ServiceChunk => {
    const { labels: _, ...facts } = service;
    return {
      kind: 'service',
      ...facts,
      peerAuthentication: peerAuthentication(service),
      ...(routes.services.get(key)?.compile() ?? NO_ROUTES),
      policies: policies.forService(key),
      ...usersOf(users.forService(key)),
      traffic: traffic.forService(key),
    };
  });
  const gateways = compileGateways(routes.gateways.values(), { policies, users }, mesh, options.dev, findings);
  const workloads = compileWorkloads(inventory, mesh, config.issuers ?? [], findings);
  const statuses = new Map(resources.map((resource) => [resourceKey(resource), findings.statusOf(resource)]));
  return {
    mesh,
    allowedRanges: config.allowedEndpointRanges ?? [],
    services: chunks,
    policies: wideChunks(policies, users),
    gateways,
    keySets: users.keySets,
    workloads,
    issuers: config.issuers ?? [],
    conditions: new Map([...statuses].map(([key, { conditions = [] }]) => [key, conditions])),
    statuses,
    diagnostics: findings.diagnostics,
  };
}

/** What holds for whole namespaces, and in the root namespace for the mesh. */
function wideChunks(policies: BoundPolicies, users: BoundUsers): PoliciesChunk[] {
  const byNamespace = new Map(policies.wide.map((chunk) => [chunk.namespace, chunk]));
  for (const [namespace, rules] of users.wide) {
    const chunk = byNamespace.get(namespace) ?? { kind: 'policies', namespace, policies: [] };
    byNamespace.set(namespace, { ...chunk, users: rules });
  }
  return [...byNamespace.values()].sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
}

/** Policies that can not be read go on as ones that deny; any other document is a reason to change nothing. */
function reportUnreadable(inventory: Inventory, findings: Findings): void {
  for (const { resource, path, why } of inventory.unreadable) {
    if (resource.kind === AUTHORIZATION_POLICY.kind || resource.kind === REQUEST_AUTHENTICATION.kind) continue;
    findings.reject(resource, 'Invalid', why);
    findings.error(resource, path, 'unreadable-document', `makes the stored document unreadable: ${why}`);
  }
}
