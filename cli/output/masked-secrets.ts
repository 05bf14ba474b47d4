import type { Resource } from '../../policy-store/resources/resource.ts';

/** The two sides of a comparison. */
export interface Compared {
  /** Undefined: there is none yet. */
  readonly before: Resource | undefined;
  readonly after: Resource;
}

type Values = Readonly<Record<string, string>>;

const FIELDS = ['data', 'stringData'] as const;

/**
 * A comparison that may be shown, to a terminal or in the log of a build: the values of a Secret are `***`, as kubectl
 * does; one that differs is `*** (before)` and `*** (after)`.
 */
export function maskSecrets(before: Resource | undefined, after: Resource): Compared {
  if (after.kind !== 'Secret') return { before, after };
  return { before: before && masked(before, after, ' (before)'), after: masked(after, before, ' (after)') };
}

function masked(document: Resource, other: Resource | undefined, word: string): Resource {
  const spec = document.spec as Readonly<Record<string, unknown>>;
  const hidden = FIELDS.filter((field) => spec[field] !== undefined).map((field) => {
    const others = valuesOf(other, field);
    const values = Object.entries(valuesOf(document, field)).map(([key, value]) => {
      const changed = others[key] !== undefined && others[key] !== value;
      return [key, `***${changed ? word : ''}`];
    });
    return [field, Object.fromEntries(values)];
  });
  return { ...document, spec: { ...spec, ...Object.fromEntries(hidden) } };
}

const valuesOf = (document: Resource | undefined, field: (typeof FIELDS)[number]): Values =>
  (document?.spec as Readonly<Record<string, Values>> | undefined)?.[field] ?? {};
