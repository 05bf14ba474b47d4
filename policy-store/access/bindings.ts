import type { ResourceSet } from '../changes.ts';
import { MESH_CONFIG, type MeshConfigSpec } from '../resources/kinds/mesh-config.ts';
import type { AccessBinding } from '../resources/schema/access-binding.ts';
import { validate } from '../resources/validate.ts';
import type { Caller, Grant } from './permissions.ts';

/** What a credential proved. */
export type Proven =
  | { readonly spiffeId: string }
  /** Claims of a verified OIDC token. */
  | { readonly issuer: string; readonly claims: Readonly<Record<string, unknown>> };

/** The MeshConfig in force. One that is not readable (any more) binds nobody; the bootstrap token repairs it. */
export function meshConfigOf(resources: ResourceSet): MeshConfigSpec {
  for (const resource of resources.values()) {
    if (resource.kind === MESH_CONFIG.kind) {
      return validate(resource).length === 0 ? ((resource.spec ?? {}) as MeshConfigSpec) : {};
    }
  }
  return {};
}

/** Who somebody is and what the bindings give to them; no binding gives nothing. */
export function callerOf(proven: Proven, bindings: readonly AccessBinding[]): Caller {
  const grants = bindings
    .filter((binding) => fits(binding, proven))
    .map(({ role, namespaces }): Grant => ({ role, ...(namespaces !== undefined && { namespaces }) }));
  return { actor: actorOf(proven), grants };
}

/** As history and audit name them. */
function actorOf(proven: Proven): string {
  if ('spiffeId' in proven) return proven.spiffeId;
  return `oidc:${proven.issuer}#${String(proven.claims.sub)}`;
}

function fits({ workload, oidc }: AccessBinding, proven: Proven): boolean {
  if ('spiffeId' in proven) return workload === proven.spiffeId;
  if (oidc?.issuer !== proven.issuer) return false;
  const wanted = Object.entries(oidc.claims);
  return wanted.length > 0 && wanted.every(([name, value]) => says(proven.claims, name, value));
}

/** A claim that is a list says each of its members (groups). */
function says(claims: Readonly<Record<string, unknown>>, name: string, value: string): boolean {
  if (!Object.hasOwn(claims, name)) return false;
  const claim = claims[name];
  return Array.isArray(claim) ? claim.includes(value) : claim === value;
}

/** SPIFFE IDs of the workloads that are bound to any role. */
export const boundWorkloads = (bindings: readonly AccessBinding[]): ReadonlySet<string> =>
  new Set(bindings.flatMap(({ workload }) => workload ?? []));

/**
 * Whether somebody else than `actor` could have one of these roles. A binding by other claims than `sub` may mean anybody, so
 * it does mean somebody else.
 */
export function othersHold(actor: string, roles: readonly AccessBinding['role'][], bindings: readonly AccessBinding[]) {
  return bindings.some(({ role, workload, oidc }) => {
    if (!roles.includes(role)) return false;
    if (workload !== undefined) return workload !== actor;
    return oidc !== undefined && (oidc.claims.sub === undefined || `oidc:${oidc.issuer}#${oidc.claims.sub}` !== actor);
  });
}
