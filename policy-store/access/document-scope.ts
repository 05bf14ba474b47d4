import { parseSpiffeId } from '../../snapshot/spiffe-id.ts';
import { resourceTitle } from '../resources/index.ts';
import { kindOf } from '../resources/kinds.ts';
import type { Resource } from '../resources/resource.ts';
import type { Caller, Grant } from './permissions.ts';
import { isAdmin } from './permissions.ts';

/** What a policy-editor writes: what may happen to calls, never who or where somebody is. */
const POLICY_KINDS: ReadonlySet<string> = new Set([
  'AuthorizationPolicy',
  'RequestAuthentication',
  'PeerAuthentication',
  'TrafficPolicy',
  'FaultInjection',
  'HTTPRoute',
  'GRPCRoute',
  'ReferenceGrant',
]);

/** Namespaced, and yet the whole mesh's: a Gateway opens ports that all share (a cluster operator's, in the Gateway API). */
const ADMIN_KINDS: ReadonlySet<string> = new Set(['Gateway']);

/** Documents that are written or deleted, and what is known of who is bound to a role. */
export interface Writing {
  readonly documents: readonly Pick<Resource, 'apiVersion' | 'kind' | 'metadata' | 'spec'>[];
  /** SPIFFE IDs of workloads that are bound to a role: who changes their keys becomes them. */
  readonly bound: ReadonlySet<string>;
  /** SPIFFE ID of a Workload document. */
  identityOf(workload: Pick<Resource, 'metadata' | 'spec'>): string;
}

/** Why a caller may not write each of these documents; those that are fine are left out. One is enough to refuse all. */
export function refusedDocuments(caller: Caller, { documents, bound, identityOf }: Writing): string[] {
  if (isAdmin(caller)) return [];
  return documents.flatMap((document) => {
    const { kind, metadata } = document;
    const title = resourceTitle(document);
    if (isClusterScoped(document) || ADMIN_KINDS.has(kind)) return [`${title} (needs the role admin)`];
    if (!caller.grants.some((grant) => covers(grant, kind, metadata.namespace))) return [title];
    if (kind === 'Workload' && bound.has(identityOf(document))) {
      return [`${title} (is bound to a role: needs the role admin)`];
    }
    const claimed = foreignIdentity(document);
    return claimed === undefined ? [] : [`${title} (claims ${claimed}, which is not under its namespace)`];
  });
}

function covers({ role, namespaces }: Grant, kind: string, namespace: string): boolean {
  if (namespaces !== undefined && !namespaces.includes(namespace)) return false;
  return role === 'service-owner' || (role === 'policy-editor' && POLICY_KINDS.has(kind));
}

function isClusterScoped({ apiVersion, kind }: Pick<Resource, 'apiVersion' | 'kind'>): boolean {
  // A kind that is not known any more belongs to nobody but admin.
  return kindOf(apiVersion, kind)?.scope !== 'Namespaced';
}

/** An identity that a document claims by name and that is not of the form of its own namespace. */
function foreignIdentity({ metadata, spec }: Pick<Resource, 'metadata' | 'spec'>): string | undefined {
  const { spiffeId, identity } = (spec ?? {}) as { spiffeId?: unknown; identity?: unknown };
  const claimed = spiffeId ?? identity;
  if (typeof claimed !== 'string') return undefined;
  return parseSpiffeId(claimed)?.path.startsWith(`/ns/${metadata.namespace}/`) ? undefined : claimed.slice(0, 200);
}
