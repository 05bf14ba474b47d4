import { groupOf } from './kinds.ts';
import type { Resource } from './resource.ts';

/** What names a document. */
export type Named = Pick<Resource, 'apiVersion' | 'kind'> & {
  readonly metadata: Pick<Resource['metadata'], 'name' | 'namespace'>;
};

/** `group/Kind/namespace/name`: one key for all apiVersions of a group. Group and namespace may be empty. */
export const resourceKey = ({ apiVersion, kind, metadata }: Named): string =>
  `${groupOf(apiVersion)}/${kind}/${metadata.namespace}/${metadata.name}`;

/** `HTTPRoute shop/payments`, `MeshConfig mesh`: a document in words. */
export const resourceTitle = ({ kind, metadata }: Named): string =>
  `${kind} ${metadata.namespace === '' ? '' : `${metadata.namespace}/`}${metadata.name}`;
