import { choice, fields } from '../schema/fields.ts';
import { referenceName } from '../schema/text.ts';

/** A FaultInjection of the route's namespace (Gateway API LocalObjectReference). */
export const extensionRef = fields({
  group: choice(['gossamer.mesh']),
  kind: choice(['FaultInjection']),
  name: referenceName,
});
