import * as z from 'zod';
import { fields } from './schema/fields.ts';
import { metadata } from './schema/metadata.ts';
import { subdomain } from './schema/text.ts';

/** What the command line and the admin API need to know of a kind. */
export interface KindInfo {
  /** Empty for core Kubernetes kinds. */
  readonly group: string;
  /** The preferred one, `gateway.networking.k8s.io/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Namespaced' | 'Cluster';
}

/** A kind of document: its names, and the schema that every stored document of it satisfies. */
export interface Kind<Spec = unknown> extends KindInfo {
  /** All accepted apiVersions, the preferred one first. They mean the same. */
  readonly apiVersions: readonly string[];
  readonly shortNames: readonly string[];
  readonly spec: z.ZodType<Spec>;
  /** The whole document, as it is kept. */
  readonly document: z.ZodType;
  /** For core kinds that have no `spec`: the document as people write it, its fields beside `metadata`. */
  readonly rootDocument?: z.ZodType;
  /** Names of these fields. They are kept as a spec, so that all documents have one shape. */
  readonly rootFields: readonly string[];
}

interface KindWords<Spec> {
  readonly group: string;
  readonly versions: readonly string[];
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly scope?: 'Namespaced' | 'Cluster';
  readonly name?: z.ZodType<string>;
  /** Fields of the spec, when people write them beside `metadata`. */
  readonly atRoot?: z.core.$ZodShape;
  readonly spec: z.ZodType<Spec>;
}

/** Fills in what most kinds have in common. A spec that may be empty may also be left out. */
export function defineKind<Spec>(words: KindWords<Spec>): Kind<Spec> {
  const scope = words.scope ?? 'Namespaced';
  const apiVersions = words.versions.map((version) => (words.group === '' ? version : `${words.group}/${version}`));
  const spec = words.spec.safeParse({}).success ? words.spec.exactOptional() : words.spec;
  const around = {
    apiVersion: z.string(),
    kind: z.string(),
    metadata: metadata(words.name ?? subdomain, scope),
    // Written by the mesh; a document that was exported and applied again still carries it.
    status: z.unknown().exactOptional(),
  };
  return {
    group: words.group,
    apiVersion: apiVersions[0] ?? '',
    apiVersions,
    kind: words.kind,
    plural: words.plural,
    shortNames: words.shortNames ?? [],
    scope,
    spec: words.spec,
    document: fields({ ...around, spec }),
    ...(words.atRoot !== undefined && { rootDocument: fields({ ...around, ...words.atRoot }) }),
    rootFields: Object.keys(words.atRoot ?? {}),
  };
}
