import * as z from 'zod';

/** Names that the language has but this version does not: name -> what to do instead. They are refused, never ignored. */
export type Later = Readonly<Record<string, string>>;

// Keyed by the shape and the schema objects themselves: both survive zod's `.check()` and `.exactOptional()`.
const laterFields = new WeakMap<object, Later>();
const laterValues = new WeakMap<object, Later>();

/** An object that has exactly these fields. */
export function fields<const S extends z.core.$ZodLooseShape>(shape: S, later: Later = {}) {
  laterFields.set(shape, later);
  return z.strictObject(shape);
}

/** One of these words. */
export function choice<const T extends readonly string[]>(values: T, later: Later = {}) {
  const schema = z.enum(values);
  laterValues.set(schema, later);
  return schema;
}

const advice = (later: Later | undefined, name: string): string | undefined =>
  later !== undefined && Object.hasOwn(later, name) ? later[name] : undefined;

/** What to do instead of a field that is not supported yet; undefined when the language does not know it at all. */
export const adviceForField = (schema: z.ZodObject, name: string): string | undefined =>
  advice(laterFields.get(schema.def.shape), name);

/** The same for a value of a `choice`. */
export const adviceForValue = (schema: object | undefined, value: string): string | undefined =>
  schema === undefined ? undefined : advice(laterValues.get(schema), value);
