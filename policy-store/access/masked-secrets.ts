import type { Resource } from '../resources/resource.ts';

const FIELDS = ['data', 'stringData'] as const;
/** What kubectl writes into it is the whole document once more. */
const COPY = 'kubectl.kubernetes.io/last-applied-configuration';

/** Whether a document holds values that not everybody may read. */
export const isSecret = ({ apiVersion, kind }: Pick<Resource, 'apiVersion' | 'kind'>): boolean =>
  apiVersion === 'v1' && kind === 'Secret';

/** A Secret with the names of its values and `***` for each. */
export function masked(secret: Resource): Resource {
  const { metadata, spec } = secret;
  const { [COPY]: _, ...annotations } = metadata.annotations ?? {};
  const values = (spec ?? {}) as Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;
  const hidden = FIELDS.filter((field) => values[field] !== undefined).map((field) => [
    field,
    Object.fromEntries(Object.keys(values[field] ?? {}).map((name) => [name, '***'])),
  ]);
  return {
    ...secret,
    metadata: metadata.annotations === undefined ? metadata : { ...metadata, annotations },
    spec: { ...values, ...Object.fromEntries(hidden) },
  };
}
