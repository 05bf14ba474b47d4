import { findKind, type KindInfo } from '../policy-store/resources/index.ts';
import type { Resource } from '../policy-store/resources/resource.ts';
import { CliError } from './cli-error.ts';

interface Named {
  readonly namespace?: string;
  readonly name: string;
}

/** `shop/payments`; the name alone for kinds without a namespace. */
export const shownName = ({ namespace, name }: Named): string => (namespace ? `${namespace}/${name}` : name);

/** `httproute.gateway.networking.k8s.io`, as kubectl writes it. */
export function kindAndGroup({
  kind,
  apiVersion = '',
}: {
  readonly kind: string;
  readonly apiVersion?: string;
}): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? kind.toLowerCase() : `${kind.toLowerCase()}.${apiVersion.slice(0, slash)}`;
}

/**
 * The kinds that a word of the command line means: `routes`, `HTTPRoute`, `httproute.gateway.networking.k8s.io`.
 * @throws CliError when there is none
 */
export function kindsOf(word: string): readonly KindInfo[] {
  const [name = word, ...group] = word.split('.');
  const kinds = findKind(name).filter((kind) => group.length === 0 || kind.group === group.join('.'));
  if (kinds.length > 0) return kinds;
  throw new CliError('unknown-kind', `${JSON.stringify(word)} is no kind of document`, {
    next: 'Kinds are written like HTTPRoute, Service, Workload, Gateway, AuthorizationPolicy: any case, singular or plural.',
    exitCode: 2,
  });
}

/** Path of one document in the admin API. */
export function resourcePath(
  kind: Pick<KindInfo, 'group' | 'kind' | 'scope'>,
  namespace: string,
  name: string,
): string {
  // A kind without a namespace still has a segment there; `-` can be no namespace.
  const home = kind.scope === 'Cluster' ? '-' : namespace;
  const query = kind.group === '' ? '' : `?group=${encodeURIComponent(kind.group)}`;
  return `/v1/namespaces/${encodeURIComponent(home)}/${kind.kind}/${encodeURIComponent(name)}${query}`;
}

/** Path of the document that has this one's identity. */
export function pathOf({ apiVersion, kind, metadata }: Resource): string {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  return resourcePath(
    { group, kind, scope: metadata.namespace === '' ? 'Cluster' : 'Namespaced' },
    metadata.namespace,
    metadata.name,
  );
}
