import * as z from 'zod';
import { changeableHeader } from '../schema/changeable-header.ts';
import { problem, repeated } from '../schema/check.ts';
import { fields } from '../schema/fields.ts';
import { headerText } from '../schema/text.ts';

const change = z
  .array(fields({ name: changeableHeader, value: headerText }))
  .max(16)
  .exactOptional();

/** Changes to headers (Gateway API HTTPHeaderFilter). */
export const headerModifier = fields({
  set: change,
  add: change,
  remove: z.array(changeableHeader).max(16).exactOptional(),
}).check((ctx) => {
  for (const field of ['set', 'add'] as const) {
    for (const i of repeated(ctx.value[field] ?? [], (entry) => entry.name.toLowerCase())) {
      problem(ctx, [field, i, 'name'], 'is listed twice: header names are compared without case');
    }
  }
});

export type HeaderModifierSpec = z.infer<typeof headerModifier>;
