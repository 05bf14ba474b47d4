import { didYouMean } from '../schema/closest.ts';

type FieldOf<T> = T extends unknown ? keyof T : never;

/** Names of all fields of a type: no more and no fewer compile. */
export type Fields<T> = Readonly<Record<FieldOf<T>, true>>;

/**
 * Throws when an object has a field that its type does not know. Node takes the types away without reading them, so a
 * misspelt field would be left out in silence.
 * @param where `routes.payments`
 */
export function onlyKnown(where: string, value: object, fields: Readonly<Record<string, true>>): void {
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(fields, name)) continue;
    const known = Object.keys(fields);
    const guess = didYouMean(name, known);
    throw new TypeError(`${where} has no field "${name}"${guess || `; it has ${known.join(', ')}`}`);
  }
}
