import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { fields } from '../schema/fields.ts';
import { groupName, kindName, label, referenceName } from '../schema/text.ts';

const spec = fields({
  from: z
    .array(fields({ group: groupName, kind: kindName, namespace: label }))
    .min(1)
    .max(16),
  /** Without a name: everything of the kind in the grant's namespace. */
  to: z
    .array(fields({ group: groupName, kind: kindName, name: referenceName.exactOptional() }))
    .min(1)
    .max(16),
});

export type ReferenceGrantSpec = z.infer<typeof spec>;

/** Lets documents of other namespaces refer to Services and Secrets of its own (Gateway API). */
export const REFERENCE_GRANT = defineKind<ReferenceGrantSpec>({
  group: 'gateway.networking.k8s.io',
  versions: ['v1', 'v1beta1', 'v1alpha2'],
  kind: 'ReferenceGrant',
  plural: 'referencegrants',
  shortNames: ['refgrant'],
  spec,
});
