import { findKind, groupOf, type KindInfo } from '../policy-store/resources/index.ts';
import type { Resource } from '../policy-store/resources/resource.ts';
import { CliError } from './cli-error.ts';

interface Named {
  readonly namespace: string;
  readonly name: string;
}

/** `shop/payments`; the name alone for kinds without a namespace. */
export const shownName = ({ namespace, name }: Named): string => (namespace === '' ? name : `${namespace}/${name}`);

/** `httproute.gateway.networking.k8s.io`, as kubectl writes it. */
export function kindAndGroup({ kind, apiVersion }: Pick<Resource, 'kind' | 'apiVersion'>): string {
  const group = groupOf(apiVersion);
  return group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
}

/** What people say for short, beyond the names of the kinds. */
const SHORT: Readonly<Record<string, string>> = { route: 'HTTPRoute', routes: 'HTTPRoute' };

/**
 * The kinds that a word of the command line means: `routes`, `HTTPRoute`, `services.gossamer.mesh`.
 * @throws CliError when there is none
 */
export function kindsOf(word: string): readonly KindInfo[] {
  const kinds = findKind(SHORT[word.toLowerCase()] ?? word);
  if (kinds.length > 0) return kinds;
  throw new CliError('kind_unknown', `${JSON.stringify(word)} is no kind of document`, {
    next: 'Kinds are written like HTTPRoute, Service, Workload, Gateway, AuthorizationPolicy: any case, singular or plural.',
    exitCode: 2,
  });
}

/** A kind as the admin API names it beyond doubt: `Service.core`, `Service.gossamer.mesh`. */
export const qualifiedKind = ({ kind, group }: Pick<KindInfo, 'group' | 'kind'>): string =>
  `${kind}.${group === '' ? 'core' : group}`;

/** Path of one document in the admin API. A kind without a namespace still has a segment there. */
export function resourcePath(kind: Pick<KindInfo, 'group' | 'kind'>, namespace: string, name: string): string {
  const segments = [namespace || '_', qualifiedKind(kind), name].map(encodeURIComponent);
  return `/v1/namespaces/${segments.join('/')}`;
}

/** Path of the document that has this one's identity. */
export const pathOf = ({ apiVersion, kind, metadata }: Resource): string =>
  resourcePath({ group: groupOf(apiVersion), kind }, metadata.namespace, metadata.name);
