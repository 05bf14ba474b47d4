import * as z from 'zod';

/** Names that the language has but this version does not: name -> what to do instead. They are refused, never ignored. */
export type Later = Readonly<Record<string, string>>;

const laterFields = new WeakMap<z.core.$ZodType, Later>();
const laterValues = new WeakMap<z.core.$ZodType, Later>();

/** An object that has exactly these fields. */
export function fields<const S extends z.core.$ZodLooseShape>(shape: S, later: Later = {}) {
  const schema = z.strictObject(shape);
  laterFields.set(schema, later);
  return schema;
}

/** One of these words. */
export function choice<const T extends readonly string[]>(values: T, later: Later = {}) {
  const schema = z.enum(values);
  laterValues.set(schema, later);
  return schema;
}

function advice(of: WeakMap<z.core.$ZodType, Later>, schema: z.core.$ZodType, name: string): string | undefined {
  // `.check()` makes a copy, which knows what it was copied from.
  for (let at: z.core.$ZodType | undefined = schema; at !== undefined; at = at._zod.parent) {
    const later = of.get(at);
    if (later !== undefined) return Object.hasOwn(later, name) ? later[name] : undefined;
  }
  return undefined;
}

/** What to do instead of a field that is not supported yet; undefined when the language does not know it at all. */
export const adviceForField = (schema: z.core.$ZodType, name: string): string | undefined =>
  advice(laterFields, schema, name);

/** The same for a value of a `choice`. */
export const adviceForValue = (schema: z.core.$ZodType, value: string): string | undefined =>
  advice(laterValues, schema, value);
