import type * as z from 'zod';
import { choice, fields } from '../schema/fields.ts';
import { groupName, portNumber, referenceName, sectionName } from '../schema/text.ts';

/** What a route attaches to (Gateway API ParentReference). */
export const parentRef = fields({
  group: groupName.exactOptional(),
  kind: choice(['Gateway', 'ListenerSet', 'Service']).exactOptional(),
  namespace: referenceName.exactOptional(),
  name: referenceName,
  sectionName: sectionName.exactOptional(),
  port: portNumber.exactOptional(),
});

export type ParentRef = z.infer<typeof parentRef>;
