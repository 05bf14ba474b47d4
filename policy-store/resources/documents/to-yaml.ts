import { stringify } from 'yaml';
import type { Resource } from '../resource.ts';

/** A document as YAML, in the order in which people write it. Reading it back gives the same document. */
export function toYaml({ apiVersion, kind, metadata, spec, status }: Resource): string {
  const { name, namespace, ...rest } = metadata;
  const named = { name, ...(namespace !== '' && { namespace }), ...rest };
  const document = { apiVersion, kind, metadata: named, spec, ...(status !== undefined && { status }) };
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}
