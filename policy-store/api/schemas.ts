import { z } from '@hono/zod-openapi';
import { MAX_PAGE } from '../../snapshot/inquiry.ts';
import { decisionRecord } from '../decisions/record-schema.ts';
import { StoreRefusal } from '../refusal.ts';

const list = <T extends z.ZodType>(member: T) => z.array(member).readonly();

export const diagnostic = z
  .object({
    severity: z.enum(['error', 'warning']),
    code: z.string(),
    message: z.string(),
    path: z.string().optional(),
    resource: z.string().optional(),
    line: z.int().optional(),
    column: z.int().optional(),
  })
  .openapi('Diagnostic');

export const problem = z
  .object({
    title: z.string(),
    status: z.int(),
    code: z.string().openapi({ description: 'Stable; docs/errors.md has a line for each.' }),
    detail: z.string().openapi({ description: 'What is wrong and what to do next.' }),
    diagnostics: list(diagnostic).optional(),
  })
  .openapi('Problem');

export const applyAnswer = z
  .object({
    revision: z.int(),
    generation: z.int(),
    results: list(
      z.object({
        apiVersion: z.string(),
        kind: z.string(),
        namespace: z.string(),
        name: z.string(),
        outcome: z.enum(['created', 'configured', 'unchanged', 'deleted']),
      }),
    ),
    diagnostics: list(diagnostic),
    pending: z.string().optional().openapi({ description: 'Nothing was changed: it waits for a second person.' }),
    expiresAt: z.int().optional(),
    wouldWait: list(z.string()).optional().openapi({
      description:
        'Only with `dryRun`: what it touches of the trust of the mesh; it would be held for a second person.',
    }),
    waited: z.boolean().optional().openapi({
      description: 'Only with `wait`: whether every router that asked in the last 30 s serves the generation.',
    }),
  })
  .openapi('ApplyAnswer');

const moment = z.int().openapi({ description: 'Milliseconds since the epoch.' });

export const pendingApproval = z
  .object({
    id: z.string(),
    at: moment,
    expiresAt: moment,
    actor: z.string(),
    action: z.enum(['apply', 'delete', 'rotate-key', 'revoke-key']),
    detail: z.record(z.string(), z.unknown()).openapi({ description: 'What is touched, and what it would be.' }),
  })
  .openapi('PendingApproval');

export const approvedAnswer = z.object({ approved: z.string(), generation: z.int() }).openapi('ApprovedAnswer');

/** Answer with status 202: nothing was changed yet. */
export const heldAnswer = z
  .looseObject({
    pending: z.string().openapi({ description: 'Name under POST /v1/approvals/{id}.' }),
    expiresAt: moment,
  })
  .openapi('HeldAnswer');

export const resource = z
  .looseObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  })
  .openapi('Resource');

export const resourceList = z.object({ items: list(resource) }).openapi('ResourceList');

export const revisionEntry = z
  .object({ revision: z.int(), at: z.string(), actor: z.string(), summary: z.string() })
  .openapi('RevisionEntry');

export const revisionDetail = revisionEntry
  .extend({
    changes: list(
      z.object({
        outcome: z.enum(['created', 'configured', 'deleted']),
        key: z.string(),
        before: resource.nullable(),
        after: resource.nullable(),
      }),
    ),
  })
  .openapi('Revision');

export const routerList = z
  .object({
    routers: list(
      z.object({
        id: z.string(),
        role: z.enum(['router', 'gateway']),
        runtime: z.string(),
        revision: z.int(),
        generation: z.int(),
        lastSeen: z.int().openapi({ description: 'Milliseconds since the epoch.' }),
        synced: z.boolean().openapi({ description: 'It holds the newest generation.' }),
      }),
    ),
  })
  .openapi('RouterList');

export const statsAnswer = z
  .object({
    windowSeconds: z.number(),
    revision: z.int(),
    edges: list(
      z.object({
        source: z.string(),
        destination: z.string(),
        requests: z.int(),
        success: z.number(),
        rps: z.number(),
        p50: z.number(),
        p99: z.number(),
        backends: z.record(z.string(), z.int()).readonly(),
        reasons: z.record(z.string(), z.int()).readonly(),
      }),
    ),
  })
  .openapi('Stats');

const tokenText = z.string().min(1).max(2048);

/** Body of `POST /v1/revocations`; what is absent is not touched. */
export const revocationLists = z
  .strictObject({
    ids: z.array(tokenText).max(1000).default([]).openapi({ description: 'SPIFFE IDs.' }),
    jkts: z.array(tokenText).max(1000).default([]).openapi({ description: 'RFC 7638 thumbprints of workload keys.' }),
    kids: z.array(tokenText).max(1000).default([]).openapi({ description: 'Key IDs of signing keys.' }),
    issuedBefore: z
      .record(tokenText, z.int().min(0).max(0xffffffff))
      .default({})
      .openapi({ description: 'SPIFFE ID -> seconds since the epoch; tokens issued at or before are refused.' }),
  })
  .openapi('Revocations');

export const revocationAnswer = z
  .object({
    revision: z.int(),
    generation: z.int(),
    waited: z.boolean().optional().openapi({
      description: 'Only with `wait`: whether every router that asked in the last 30 s serves the generation.',
    }),
  })
  .openapi('RevocationAnswer');

export const explainRequest = z
  .strictObject({
    from: z.string().max(2048).exactOptional(),
    strength: z.enum(['bearer', 'proof', 'strict-proof', 'mtls']).exactOptional(),
    via: z.array(z.string().max(2048)).max(32).exactOptional(),
    method: z.string().min(1).max(64),
    url: z.string().min(1).max(8192),
    headers: z.record(z.string().max(256), z.string().max(8192)).exactOptional(),
    remoteAddress: z.string().max(64).exactOptional(),
    gateway: z.string().max(512).exactOptional(),
    claims: z
      .looseObject({ iss: z.string().max(1024), sub: z.string().max(1024) })
      .exactOptional()
      .openapi({ description: 'Of the end user, as if its token had been verified.' }),
    serverName: z.string().max(253).exactOptional(),
  })
  .openapi('ExplainRequest');

const page = {
  offset: z.int().min(0).max(1_000_000).exactOptional(),
  limit: z.int().min(1).max(MAX_PAGE).exactOptional(),
};

export const whoCanRequest = explainRequest
  .pick({ method: true, url: true, headers: true, remoteAddress: true, strength: true, via: true })
  .extend(page)
  .openapi('WhoCanRequest');

export const whatCanRequest = z
  .strictObject({
    principal: z.string().min(1).max(2048).openapi({
      description: 'SPIFFE ID, or `namespace/name` of a Workload, Service or Gateway.',
    }),
    ...page,
  })
  .openapi('WhatCanRequest');

export const keptDecision = decisionRecord.extend({ router: z.string() }).openapi('Decision');

export const devTokenRequest = z
  .strictObject({
    namespace: z.string().max(253),
    workload: z.string().max(253),
    jwk: z.record(z.string(), z.unknown()).openapi({ description: 'Public ES256 key that the token is bound to.' }),
  })
  .openapi('DevTokenRequest');

export const devToken = z
  .object({
    wit: z.string(),
    spiffeId: z.string(),
    expiresAt: z.number().openapi({ description: 'Milliseconds since the epoch.' }),
  })
  .openapi('DevToken');

export const whoami = z
  .object({
    actor: z.string().openapi({ description: 'As history and audit name it.' }),
    grants: z.array(z.object({ role: z.string(), namespaces: list(z.string()).optional() })).readonly(),
    permissions: z.array(z.string()),
  })
  .openapi('Whoami');

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const auditRecord = z
  .object({
    number: z.int(),
    at: z.int().openapi({ description: 'Milliseconds since the epoch.' }),
    actor: z.string(),
    action: z.string(),
    subject: z.string(),
    detail: z.record(z.string(), z.unknown()),
    previous: sha256,
    hash: sha256.openapi({
      description: 'SHA-256 of the JSON of the other members, sorted by name, without white space.',
    }),
  })
  .openapi('AuditRecord');

export const auditVerdict = z
  .object({
    intact: z.boolean(),
    head: z.object({ number: z.int(), hash: sha256 }),
    broken: z.object({ number: z.int(), why: z.string() }).optional(),
  })
  .openapi('AuditVerdict');

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** `10s`, `500ms`, `1m`: milliseconds, at most `max`. */
export function duration(text: string | undefined, name: string, max: number): number | undefined {
  if (text === undefined) return undefined;
  const [, amount, unit] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? [];
  const milliseconds = Number(amount) * (MILLISECONDS[unit ?? ''] ?? Number.NaN);
  if (milliseconds <= max) return milliseconds;
  throw new StoreRefusal('request_invalid', `\`${name}\` is a duration like 10s or 500ms, at most ${max / 1000}s.`);
}

/** `true` or `false`; absent is false. */
export function flag(text: string | undefined, name: string): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw new StoreRefusal('request_invalid', `\`${name}\` is true or false.`);
}

/** A whole number from 1 to `most`; absent: undefined. @throws StoreRefusal `request_invalid` */
export function whole(
  text: string | undefined,
  name: string,
  most: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 1 && number <= most) return number;
  throw new StoreRefusal('request_invalid', `\`${name}\` is a whole number from 1 to ${most}.`);
}
