import { bigint, bigserial, char, index, json, pgSchema, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import type { IssuerKey } from '../../snapshot/key-set.ts';
import type { Change } from '../changes.ts';
import type { KeyClass } from '../issuer/index.ts';

/** A schema of its own, so that the mesh can live in a database that others use too. */
export const gossamer = pgSchema('gossamer');

const counter = (name: string) => bigint(name, { mode: 'number' });
const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/**
 * The documents in force. `json`, not `jsonb`: a document keeps the member order of its author.
 * Times here and below are the store's clock, not the database's.
 */
export const resources = gossamer.table(
  'resources',
  {
    group: text('group').notNull(),
    kind: text('kind').notNull(),
    /** Empty for cluster-scoped kinds. */
    namespace: text('namespace').notNull(),
    name: text('name').notNull(),
    uid: text('uid').notNull().unique(),
    apiVersion: text('api_version').notNull(),
    /** The revision that changed the document last. */
    resourceVersion: counter('resource_version').notNull(),
    /** Counts changes of the spec. */
    generation: counter('generation').notNull(),
    createdAt: moment('created_at').notNull(),
    labels: json('labels').$type<Readonly<Record<string, string>>>(),
    annotations: json('annotations').$type<Readonly<Record<string, string>>>(),
    spec: json('spec').$type<unknown>(),
  },
  (table) => [primaryKey({ columns: [table.group, table.kind, table.namespace, table.name] })],
);

/** What changed, by whom. Append-only (a trigger refuses everything else). */
export const revisions = gossamer.table('revisions', {
  number: counter('number').primaryKey(),
  at: moment('at').notNull(),
  actor: text('actor').notNull(),
  summary: text('summary').notNull(),
  changes: json('changes').$type<readonly Change[]>().notNull(),
});

/** Content-addressed pieces of snapshots. */
export const chunks = gossamer.table(
  'chunks',
  {
    sha256: char('sha256', { length: 64 }).primaryKey(),
    text: text('text').notNull(),
    /** First generation that did without it; null while the newest manifest leads to it. */
    retiredAt: counter('retired_at'),
  },
  (table) => [index('chunks_retired_at').on(table.retiredAt)],
);

export const manifests = gossamer.table('manifests', {
  generation: counter('generation').primaryKey(),
  revision: counter('revision').notNull(),
  at: moment('at').notNull(),
  /** The signed manifest, compact JWS. */
  jws: text('jws').notNull(),
  /** Hash of what it says, apart from generation and time: equal content needs no new generation. */
  content: char('content', { length: 64 }).notNull(),
});

/**
 * Signing keys of the issuer. `privateKey` is wrapped by the key encryption key, which is not in the database, and wiped
 * when the key is removed. The rows stay: routers that were away follow the endorsements of manifest keys.
 */
export const signingKeys = gossamer.table('signing_keys', {
  kid: text('kid').primaryKey(),
  class: text('class').$type<KeyClass>().notNull(),
  /** Order in which they were made. */
  sequence: bigserial('sequence', { mode: 'number' }).notNull(),
  /** Number of the last change of the key set that this key had a part in; null: `sequence`. */
  bundleSequence: counter('bundle_sequence'),
  publicJwk: json('public_jwk').$type<JsonWebKey>().notNull(),
  privateKey: text('private_key').notNull(),
  createdAt: moment('created_at').notNull(),
  /** From when it may sign. */
  dueAt: moment('due_at'),
  activeAt: moment('active_at'),
  retiringAt: moment('retiring_at'),
  removedAt: moment('removed_at'),
  /** The generation that told routers of it. */
  generation: counter('generation'),
  /** Of a manifest key: what the key before says of it, compact JWS. */
  endorsement: text('endorsement'),
});

/** The kill switch. `issuedBefore` is seconds since the epoch and set only for the kind of that name. */
export const revocations = gossamer.table(
  'revocations',
  {
    kind: text('kind').$type<'ids' | 'jkts' | 'kids' | 'issuedBefore'>().notNull(),
    value: text('value').notNull(),
    issuedBefore: counter('issued_before'),
    at: moment('at').notNull(),
    /** The generation that told routers of it. */
    generation: counter('generation'),
  },
  (table) => [primaryKey({ columns: [table.kind, table.value] })],
);

/** Workloads that are gone while tokens of theirs may still live. */
export const removedWorkloads = gossamer.table('removed_workloads', {
  uid: text('uid').primaryKey(),
  until: moment('until').notNull(),
});

/** SHA-256 of every `jti` that may be used only once, until the token that carried it has expired. */
export const usedTokens = gossamer.table(
  'used_tokens',
  {
    digest: char('digest', { length: 64 }).primaryKey(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('used_tokens_expires_at').on(table.expiresAt)],
);

/** Single-use tokens that register the key of a Workload, by their SHA-256. */
export const joinTokens = gossamer.table(
  'join_tokens',
  {
    digest: char('digest', { length: 64 }).primaryKey(),
    /** `metadata.uid` of the Workload. */
    workload: text('workload').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('join_tokens_expires_at').on(table.expiresAt)],
);

/** Public keys that workloads registered with a join token, beside those of their documents. */
export const joinedKeys = gossamer.table(
  'joined_keys',
  {
    /** `metadata.uid` of the Workload. */
    workload: text('workload').notNull(),
    /** RFC 7638 thumbprint. */
    jkt: text('jkt').notNull(),
    publicJwk: json('public_jwk').$type<JsonWebKey>().notNull(),
    at: moment('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.workload, table.jkt] })],
);

/** Public keys of issuers outside of the mesh, as they last answered. */
export const issuerKeys = gossamer.table('issuer_keys', {
  /** SHA-256 of `name`, which may be long. */
  source: char('source', { length: 64 }).primaryKey(),
  /** Issuer, line break, URL of its keys where a document names one. */
  name: text('name').notNull(),
  keys: json('keys').$type<readonly IssuerKey[]>().notNull(),
  /** Null: it never answered. */
  fetchedAt: moment('fetched_at'),
  failures: counter('failures').notNull(),
  /** Nobody asks it before: its answer is new, it failed, or another store is asking now. */
  nextAt: moment('next_at').notNull(),
});

/** Routers and gateways that ask for the manifest. `generation` is what they held when they last asked. */
export const routers = gossamer.table(
  'routers',
  {
    id: text('id').notNull(),
    role: text('role').$type<'router' | 'gateway'>().notNull(),
    runtime: text('runtime').notNull(),
    generation: counter('generation').notNull(),
    lastSeen: moment('last_seen').notNull(),
  },
  (table) => [primaryKey({ columns: [table.id, table.role] })],
);

/** Who did what. Append-only, each entry bound to the one before by its hash. */
export const auditLog = gossamer.table('audit_log', {
  number: counter('number').primaryKey(),
  at: moment('at').notNull(),
  actor: text('actor').notNull(),
  action: text('action').notNull(),
  subject: text('subject').notNull(),
  detail: json('detail').$type<Readonly<Record<string, unknown>>>().notNull(),
  /** SHA-256 of the entry before; 64 zeros for the first. */
  previous: char('previous', { length: 64 }).notNull(),
  hash: char('hash', { length: 64 }).notNull(),
});

/** Changes of trust anchors that wait for a second person: what happened to each. Append-only (a trigger refuses everything else). */
export const approvalEvents = gossamer.table(
  'approval_events',
  {
    number: bigserial('number', { mode: 'number' }).primaryKey(),
    approval: text('approval').notNull(),
    at: moment('at').notNull(),
    event: text('event').$type<'held' | 'approved' | 'withdrawn' | 'refused'>().notNull(),
    actor: text('actor').notNull(),
    /** What is to happen, for `held`; why, for the others. */
    detail: json('detail').$type<Readonly<Record<string, unknown>>>().notNull(),
    /** The request itself, sealed by the key encryption key: it may hold Secrets. Only for `held`. */
    request: text('request'),
  },
  (table) => [index('approval_events_approval').on(table.approval)],
);

/** What a start of the store has done once for rows of earlier versions. */
export const upkeep = gossamer.table('upkeep', {
  name: text('name').primaryKey(),
  at: moment('at').notNull(),
});
