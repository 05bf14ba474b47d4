import { inArray, sql } from 'drizzle-orm';
import type { Change, ResourceSet } from '../changes.ts';
import type { Session } from '../db/database.ts';
import { resources } from '../db/schema.ts';
import { resourceKey } from '../resources/index.ts';
import type { Resource } from '../resources/resource.ts';

/** Rows of one statement: far from the 65,535 parameters that Postgres takes. */
const BATCH = 500;

/** Every document in force. */
export async function readResources(session: Session): Promise<ResourceSet> {
  const rows = await session.select().from(resources);
  return new Map(rows.map((row) => fromRow(row)).map((resource) => [resourceKey(resource), resource]));
}

/** Carries out a plan. */
export async function writeChanges(session: Session, changes: readonly Change[]): Promise<void> {
  const deleted = changes.flatMap(({ before, after }) => (after === null && before ? [before.metadata.uid ?? ''] : []));
  for (const uids of batches(deleted)) await session.delete(resources).where(inArray(resources.uid, uids));
  const written = changes.flatMap(({ after }) => (after === null ? [] : [toRow(after)]));
  for (const rows of batches(written)) {
    await session
      .insert(resources)
      .values(rows)
      .onConflictDoUpdate({
        target: [resources.group, resources.kind, resources.namespace, resources.name],
        set: {
          apiVersion: sql`excluded.api_version`,
          resourceVersion: sql`excluded.resource_version`,
          generation: sql`excluded.generation`,
          labels: sql`excluded.labels`,
          annotations: sql`excluded.annotations`,
          spec: sql`excluded.spec`,
        },
      });
  }
}

function* batches<T>(rows: readonly T[]): Generator<T[]> {
  for (let start = 0; start < rows.length; start += BATCH) yield rows.slice(start, start + BATCH);
}

function toRow(resource: Resource): typeof resources.$inferInsert {
  const { apiVersion, kind, metadata, spec } = resource;
  return {
    group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '',
    kind,
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid ?? '',
    apiVersion,
    resourceVersion: Number(metadata.resourceVersion),
    generation: metadata.generation ?? 1,
    createdAt: new Date(metadata.creationTimestamp ?? 0),
    labels: metadata.labels ?? null,
    annotations: metadata.annotations ?? null,
    spec: spec ?? null,
  };
}

function fromRow(row: typeof resources.$inferSelect): Resource {
  return {
    apiVersion: row.apiVersion,
    kind: row.kind,
    metadata: {
      name: row.name,
      namespace: row.namespace,
      ...(row.labels && { labels: row.labels }),
      ...(row.annotations && { annotations: row.annotations }),
      uid: row.uid,
      resourceVersion: String(row.resourceVersion),
      creationTimestamp: row.createdAt.toISOString(),
      generation: row.generation,
    },
    spec: row.spec ?? undefined,
  };
}
