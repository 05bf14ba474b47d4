import * as z from 'zod';
import { fields } from '../schema/fields.ts';
import { groupName, kindName, portNumber, referenceName } from '../schema/text.ts';

/** Fields that name a Service and one of its ports (Gateway API BackendObjectReference). */
export const backendFields = {
  group: groupName.exactOptional(),
  kind: kindName.exactOptional(),
  namespace: referenceName.exactOptional(),
  name: referenceName,
  port: portNumber.exactOptional(),
};

/** Share of a rule's requests; unset means 1. */
export const weight = z.int().min(0).max(1_000_000).exactOptional();

export const backendObject = fields(backendFields);

/** A Service and one of its ports. */
export type BackendObject = z.infer<typeof backendObject>;
