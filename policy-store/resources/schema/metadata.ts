import * as z from 'zod';
import { fields } from './fields.ts';
import { label, labels } from './text.ts';

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** What Kubernetes puts into metadata and the mesh has no use for: taken and dropped, so that exported files apply. */
const KUBERNETES_OWN = {
  managedFields: z.unknown().exactOptional(),
  finalizers: z.unknown().exactOptional(),
  ownerReferences: z.unknown().exactOptional(),
  selfLink: z.unknown().exactOptional(),
  deletionTimestamp: z.unknown().exactOptional(),
  deletionGracePeriodSeconds: z.unknown().exactOptional(),
};

/** `metadata` of a kind whose names follow `name`. */
export function metadata(name: z.ZodType<string>, scope: 'Namespaced' | 'Cluster') {
  const namespace =
    scope === 'Namespaced'
      ? label.exactOptional()
      : z
          .string()
          .refine((text) => text === '', { message: 'must be left out: this kind belongs to no namespace' })
          .exactOptional();
  return fields(
    {
      name,
      namespace,
      labels: labels.exactOptional(),
      annotations: z.record(z.string().min(1).max(317), z.string().max(65_536)).exactOptional(),
      uid: z.string().max(64).exactOptional(),
      resourceVersion: z.string().max(64).exactOptional(),
      creationTimestamp: z
        .string()
        .regex(TIMESTAMP, { message: 'must be an RFC 3339 time' })
        .nullable()
        .exactOptional(),
      generation: z.int().min(0).exactOptional(),
      ...KUBERNETES_OWN,
    },
    { generateName: 'write a metadata.name' },
  );
}
