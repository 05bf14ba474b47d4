import { canonicalJson } from '../snapshot/content.ts';
import { StoreRefusal } from './refusal.ts';
import { resourceKey, resourceTitle } from './resources/index.ts';
import type { Diagnostic, Metadata, Resource } from './resources/resource.ts';

/** In the words of kubectl. */
export type Outcome = 'created' | 'configured' | 'unchanged' | 'deleted';

/** One document's way from one revision to the next. */
export interface Change {
  readonly outcome: Exclude<Outcome, 'unchanged'>;
  /** `resourceKey` of the document. */
  readonly key: string;
  /** Null: there was none. */
  readonly before: Resource | null;
  /** Null: deleted. */
  readonly after: Resource | null;
}

export interface ApplyResult {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly outcome: Outcome;
}

/** Resources by `resourceKey`. */
export type ResourceSet = ReadonlyMap<string, Resource>;

export interface ChangePlan {
  readonly next: ResourceSet;
  readonly changes: readonly Change[];
  readonly results: readonly ApplyResult[];
}

/** What the store gives to the documents that change. */
export interface Stamp {
  /** The revision that they will belong to. */
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  newUid(): string;
}

/**
 * Merges documents into the stored set. With `prune` the set afterwards is exactly these documents.
 * @throws StoreRefusal `conflict` when a document carries a resourceVersion or uid that is not the stored one
 */
export function planChanges(
  stored: ResourceSet,
  documents: readonly Resource[],
  prune: boolean,
  stamp: Stamp,
): ChangePlan {
  const next = new Map(prune ? [] : stored);
  const changes: Change[] = [];
  const results: ApplyResult[] = [];
  for (const document of documents) {
    const key = resourceKey(document);
    const before = stored.get(key);
    refuseConflict(document, before);
    const outcome = before === undefined ? 'created' : same(document, before) ? 'unchanged' : 'configured';
    const after = outcome === 'unchanged' && before ? before : stamped(document, before, stamp);
    next.set(key, after);
    if (outcome !== 'unchanged') changes.push({ outcome, key, before: before ?? null, after });
    results.push(resultOf(after, outcome));
  }
  for (const [key, before] of prune ? stored : []) {
    if (next.has(key)) continue;
    changes.push({ outcome: 'deleted', key, before, after: null });
    results.push(resultOf(before, 'deleted'));
  }
  return { next, changes, results };
}

/** Takes one document out. @throws StoreRefusal `not_found` */
export function planDeletion(stored: ResourceSet, key: string): ChangePlan {
  const before = stored.get(key);
  if (!before) throw new StoreRefusal('not_found', `There is no ${key}. List what there is with GET /v1/resources.`);
  const next = new Map(stored);
  next.delete(key);
  return { next, changes: [{ outcome: 'deleted', key, before, after: null }], results: [resultOf(before, 'deleted')] };
}

/** `3 created, 1 deleted`: the summary of a revision. */
export function summarise(changes: readonly Change[]): string {
  const counts = (['created', 'configured', 'deleted'] as const).flatMap((outcome) => {
    const count = changes.filter((change) => change.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${outcome}`];
  });
  return counts.join(', ');
}

/**
 * Postgres keeps neither NUL nor half a surrogate pair in its text and JSON: such a document is refused here, by name,
 * and not by an error of the database.
 */
export function unstorable(documents: readonly Resource[]): Diagnostic[] {
  return documents.filter(holdsUnstorableText).map((document) => ({
    severity: 'error',
    code: 'unstorable-text',
    message: 'A text in this document holds a NUL character or half a surrogate pair. Remove it.',
    resource: resourceTitle(document),
  }));
}

function holdsUnstorableText(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed();
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(([name, member]) => holdsUnstorableText(name) || holdsUnstorableText(member));
}

function refuseConflict(document: Resource, before: Resource | undefined): void {
  const { resourceVersion, uid } = document.metadata;
  const subject = resourceTitle(document);
  if (resourceVersion !== undefined && resourceVersion !== before?.metadata.resourceVersion) {
    const stored = before ? `is at resourceVersion ${before.metadata.resourceVersion}` : 'does not exist (any more)';
    throw new StoreRefusal(
      'conflict',
      `${subject} ${stored}, the document says ${resourceVersion}. Get it again, redo the change and apply, or leave out metadata.resourceVersion to overwrite.`,
    );
  }
  if (uid !== undefined && before !== undefined && uid !== before.metadata.uid) {
    throw new StoreRefusal(
      'conflict',
      `${subject} was deleted and made again since this document was read (its uid differs). Get it again, or leave out metadata.uid.`,
    );
  }
}

/** What its author wrote, without what the store adds. Annotations and labels that are empty equal absent ones. */
function authored(resource: Resource): unknown {
  const { apiVersion, metadata, spec } = resource;
  return { apiVersion, labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {}, spec: spec ?? null };
}

const same = (a: Resource, b: Resource): boolean => canonicalJson(authored(a)) === canonicalJson(authored(b));

function stamped(document: Resource, before: Resource | undefined, stamp: Stamp): Resource {
  const { name, namespace, labels, annotations } = document.metadata;
  const generation = before?.metadata.generation ?? 0;
  const specChanged =
    before === undefined || canonicalJson(before.spec ?? null) !== canonicalJson(document.spec ?? null);
  const metadata: Metadata = {
    name,
    namespace,
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    uid: before?.metadata.uid ?? stamp.newUid(),
    resourceVersion: String(stamp.revision),
    creationTimestamp: before?.metadata.creationTimestamp ?? new Date(stamp.now).toISOString(),
    generation: specChanged ? generation + 1 : generation,
  };
  return { apiVersion: document.apiVersion, kind: document.kind, metadata, spec: document.spec };
}

function resultOf(resource: Resource, outcome: Outcome): ApplyResult {
  const { namespace, name } = resource.metadata;
  return { apiVersion: resource.apiVersion, kind: resource.kind, namespace, name, outcome };
}
