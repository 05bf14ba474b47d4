import { stringify } from 'yaml';
import { kindOf } from '../kinds.ts';
import type { Resource } from '../resource.ts';

/** A document as YAML, in the order in which people write it. Reading it back gives the same document. */
export function toYaml({ apiVersion, kind, metadata, spec, status }: Resource): string {
  const { name, namespace, ...rest } = metadata;
  const named = { name, ...(namespace !== '' && { namespace }), ...rest };
  const atRoot = (kindOf(apiVersion, kind)?.rootFields ?? []).length > 0;
  const body = atRoot && typeof spec === 'object' ? spec : { spec };
  const document = { apiVersion, kind, metadata: named, ...body, ...(status !== undefined && { status }) };
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}
