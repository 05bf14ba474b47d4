import { eq, inArray, sql } from 'drizzle-orm';
import type { Change, ResourceSet } from '../changes.ts';
import type { Session } from '../db/database.ts';
import { resources } from '../db/schema.ts';
import { resourceKey } from '../resources/index.ts';
import type { Resource } from '../resources/resource.ts';
import type { Vault } from '../sealing/vault.ts';

/** Rows of one statement: far from the 65,535 parameters that Postgres takes. */
const BATCH = 500;

/** Every document in force. */
export async function readResources(session: Session, vault: Vault): Promise<ResourceSet> {
  const rows = await session.select().from(resources);
  const opened = await Promise.all(rows.map((row) => vault.open(fromRow(row))));
  return new Map(opened.map((resource) => [resourceKey(resource), resource]));
}

/** Carries out a plan. */
export async function writeChanges(session: Session, changes: readonly Change[], vault: Vault): Promise<void> {
  const deleted = changes.flatMap(({ before, after }) => (after === null && before ? [before.metadata.uid ?? ''] : []));
  for (const uids of batches(deleted)) await session.delete(resources).where(inArray(resources.uid, uids));
  const sealed = await Promise.all(changes.flatMap(({ after }) => (after === null ? [] : [vault.seal(after)])));
  const written = sealed.map(toRow);
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

/** Stores a Secret sealed that may be there in clear. */
export async function sealRow(session: Session, resource: Resource, vault: Vault): Promise<void> {
  const { uid, annotations = null, spec } = toRow(await vault.seal(resource));
  await session.update(resources).set({ annotations, spec }).where(eq(resources.uid, uid));
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
