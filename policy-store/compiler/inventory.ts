import type { Kind } from '../resources/kind.ts';
import { kindOf } from '../resources/kinds.ts';
import type { Resource } from '../resources/resource.ts';
import { resourceKey } from '../resources/resource-key.ts';
import { type Finding, pathText } from '../resources/schema/diagnose.ts';
import { validate } from '../resources/validate.ts';

/** A stored document that its schema does not accept (any more). */
export interface Unreadable {
  readonly resource: Resource;
  /** Why, without the document's values. */
  readonly why: string;
  readonly path: string;
}

/** All documents of a mesh by kind, each of the shape that its kind promises, in one order whatever the input's. */
export class Inventory {
  readonly unreadable: readonly Unreadable[];
  readonly #byKind = new Map<string, Resource[]>();

  constructor(resources: readonly Resource[]) {
    const unreadable: Unreadable[] = [];
    for (const [resource] of sortedByKey(resources)) {
      const [finding] = validate(resource);
      if (finding === undefined) this.#add(resource);
      else unreadable.push(unreadableOf(resource, finding));
    }
    this.unreadable = unreadable;
  }

  #add(resource: Resource): void {
    const kind = kindOf(resource.apiVersion, resource.kind);
    const key = `${kind?.group}/${kind?.kind}`;
    const list = this.#byKind.get(key);
    if (list === undefined) this.#byKind.set(key, [resource]);
    else list.push(resource);
  }

  /** Documents of a kind, by namespace and name. */
  of<Spec>(kind: Kind<Spec>): readonly Resource<Spec>[] {
    // `validate` has checked them against the kind's own schema.
    return (this.#byKind.get(`${kind.group}/${kind.kind}`) ?? []) as Resource<Spec>[];
  }
}

function sortedByKey(resources: readonly Resource[]): [Resource, string][] {
  const keyed = resources.map((resource): [Resource, string] => [resource, resourceKey(resource)]);
  return keyed.sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0));
}

const unreadableOf = (resource: Resource, finding: Finding): Unreadable => ({
  resource,
  why: finding.message,
  path: pathText(finding.path),
});

/** `namespace/name`. */
export const nameOf = ({ metadata }: Resource): string => `${metadata.namespace}/${metadata.name}`;

/** Oldest first, then by namespace and name: who wins where only one of several can (Gateway API conflict rules). */
export function olderFirst(a: Resource, b: Resource): number {
  const [ageA, ageB] = [age(a), age(b)];
  if (ageA !== ageB) return ageA < ageB ? -1 : 1;
  return nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0;
}

/** Sorts as text. Without the Z, `:00` comes before `:00.5`. Documents without a time (not stored yet) are newest. */
const age = ({ metadata }: Resource): string => metadata.creationTimestamp?.replace(/Z$/, '') ?? '~';

/** Groups under which a Service is known. */
const SERVICE_GROUPS = new Set(['', 'core', 'gossamer.mesh']);

/** Whether a reference is to a Service, which one that names no kind is. */
export const isServiceRef = ({ group = '', kind = 'Service' }: { group?: string; kind?: string }): boolean =>
  kind === 'Service' && SERVICE_GROUPS.has(group);
