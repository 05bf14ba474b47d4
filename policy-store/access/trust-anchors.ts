import { canonicalJson, sha256 } from '../../snapshot/content.ts';
import type { Change, ResourceSet } from '../changes.ts';
import { resourceTitle } from '../resources/index.ts';
import type { Resource } from '../resources/resource.ts';
import { boundWorkloads, meshConfigOf } from './bindings.ts';
import type { Caller, Role } from './permissions.ts';
import { isAdmin } from './permissions.ts';

/** Roles whose holders decide over trust anchors. */
export const DECIDING_ROLES: readonly Role[] = ['admin', 'key-admin'];

/**
 * What of the mesh's trust a change touches, in words: who may vouch for others, the trust domain, who is admin or key-admin,
 * and the keys of workloads that are. Empty: nothing.
 */
export function touchedAnchors(
  before: ResourceSet,
  after: ResourceSet,
  changes: readonly Change[],
  identityOf: (workload: Pick<Resource, 'metadata' | 'spec'>) => string,
): string[] {
  const [old, fresh] = [anchorsOf(before), anchorsOf(after)];
  const fields = (['trustDomain', 'issuers', 'access'] as const).filter(
    (name) => canonicalJson(old[name]) !== canonicalJson(fresh[name]),
  );
  const deciders = boundWorkloads(old.access);
  const workloads = changes.flatMap(({ before: was, after: is }) => {
    const touched = [was, is].find((one) => one?.kind === 'Workload' && deciders.has(identityOf(one)));
    return touched ? [resourceTitle(touched)] : [];
  });
  return [...fields.map((name) => `MeshConfig.${name}`), ...workloads];
}

/** Why a key may not join this workload by a token; undefined: it may. Whoever adds a key to a workload with a role has the role. */
export function joinProblem(
  by: Caller,
  spiffeId: string,
  resources: ResourceSet,
  devMode: boolean,
): string | undefined {
  const { access = [] } = meshConfigOf(resources);
  if (!boundWorkloads(access).has(spiffeId)) return undefined;
  if (!isAdmin(by)) return 'The workload is bound to a role: this needs the role admin.';
  if (devMode || !boundWorkloads(anchorsOf(resources).access).has(spiffeId)) return undefined;
  return 'The workload is bound to admin or key-admin: register its keys in its document, where a second person sees it.';
}

/** The trust that documents say, as whoever approves has to see it. */
export function anchorsOf(resources: ResourceSet) {
  const { trustDomain = 'mesh.local', issuers = [], access = [] } = meshConfigOf(resources);
  return { trustDomain, issuers, access: access.filter(({ role }) => DECIDING_ROLES.includes(role)) };
}

/** Names exactly these changes of exactly this state: anything that happened since makes it another one. */
export const fingerprintOf = (changes: readonly Change[]): Promise<string> =>
  sha256(
    canonicalJson(
      changes.map(({ key, outcome, before, after }) => ({
        key,
        outcome,
        version: before?.metadata.resourceVersion ?? null,
        spec: after?.spec ?? null,
      })),
    ),
  );
