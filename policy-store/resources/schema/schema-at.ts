import * as z from 'zod';

/** The schema of one place in a document, looked through `optional`; undefined where the schema does not say. */
export function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  let at: z.core.$ZodType | undefined = schema;
  for (const step of path) {
    at = at === undefined ? undefined : child(unwrapped(at), step);
  }
  return at === undefined ? undefined : unwrapped(at);
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodExactOptional || at instanceof z.ZodNullable) {
    at = at.def.innerType;
  }
  return at;
}

function child(schema: z.core.$ZodType, step: PropertyKey): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) {
    return Object.hasOwn(schema.def.shape, step) ? schema.def.shape[String(step)] : undefined;
  }
  if (schema instanceof z.ZodArray) return schema.def.element;
  if (schema instanceof z.ZodRecord) return schema.def.valueType;
  return undefined;
}
