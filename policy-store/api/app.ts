import { z } from '@hono/zod-openapi';
import type { AdminCredentials } from '../admin-credentials.ts';
import type { ApprovalDesk } from '../approval-desk.ts';
import type { AuditTrail } from '../audit-trail.ts';
import type { Decisions } from '../decisions/decisions.ts';
import type { Distribution } from '../distribution.ts';
import type { Documents } from '../documents.ts';
import type { Enrolment } from '../enrolment.ts';
import type { Issuance } from '../issuance.ts';
import type { KeyRing } from '../key-ring.ts';
import type { KillSwitch } from '../kill-switch.ts';
import type { PolicyStoreOptions, StorePorts } from '../ports.ts';
import { StoreRefusal } from '../refusal.ts';
import type { Replays } from '../replays.ts';
import type { Rollups } from '../rollups/rollups.ts';
import { behind, Door, identified } from './access.ts';
import { approvalRoutes } from './approval-routes.ts';
import { auditRoutes } from './audit-routes.ts';
import { decisionRoutes } from './decision-routes.ts';
import { documentRoutes } from './document-routes.ts';
import type { Api, Ask } from './endpoint.ts';
import { endpoint, json, newApi } from './endpoint.ts';
import { enrolmentRoutes } from './enrolment-routes.ts';
import { historyRoutes } from './history-routes.ts';
import { identityRoutes } from './identity-routes.ts';
import { inquiryRoutes } from './inquiry-routes.ts';
import { keyRoutes } from './key-routes.ts';
import { observeRoutes } from './observe-routes.ts';
import { problemOf } from './problem.ts';
import { replayRoutes } from './replay-routes.ts';
import { routerRoutes } from './router-routes.ts';
import { selfRoutes } from './self-routes.ts';
import { snapshotRoutes } from './snapshot-routes.ts';

/** Of a path in the audit log, characters. */
const LONGEST_PATH = 300;

/** What the admin API speaks to. */
export interface ApiParts {
  readonly documents: Documents;
  readonly audit: AuditTrail;
  readonly credentials: AdminCredentials;
  readonly desk: ApprovalDesk;
  readonly distribution: Distribution;
  readonly issuance: Issuance;
  readonly killSwitch: KillSwitch;
  readonly enrolment: Enrolment;
  readonly keyRing: KeyRing;
  readonly replays: Replays;
  readonly rollups: Rollups;
  readonly decisions: Decisions;
  readonly ports: StorePorts;
}

/** The admin API: every route that there is, behind one door. */
export function adminApi(parts: ApiParts, options: Pick<PolicyStoreOptions, 'adminToken' | 'routerToken'>): Api {
  const api = newApi();
  api.use('*', async (c, next) => {
    await next();
    c.res.headers.set('x-content-type-options', 'nosniff');
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
  });
  api.use('*', behind(new Door(options.adminToken, options.routerToken, parts.credentials)));
  api.use('*', async (c, next) => {
    // No text in the database can hold it.
    if (c.req.url.includes('%00')) throw new StoreRefusal('request_invalid', 'The URL holds an escaped NUL.');
    await next();
  });
  documentRoutes(api, parts);
  historyRoutes(api, parts);
  snapshotRoutes(api, parts);
  routerRoutes(api, parts);
  replayRoutes(api, parts);
  identityRoutes(api, parts);
  keyRoutes(api, parts);
  enrolmentRoutes(api, parts);
  observeRoutes(api, parts);
  inquiryRoutes(api, parts);
  decisionRoutes(api, parts);
  auditRoutes(api, parts);
  approvalRoutes(api, parts);
  selfRoutes(api);
  describeRoute(api);
  api.notFound(async (c) => {
    // Who has no token learns nothing, not even what there is.
    await identified(c);
    return problemOf(
      new StoreRefusal('not_found', `There is no ${c.req.method} on this path. /openapi.json lists what there is.`),
    );
  });
  api.onError(async (error, c) => {
    const refusal = refusalOf(error, parts.ports.log);
    await auditRefusal(c, refusal, parts);
    return problemOf(refusal);
  });
  return api;
}

function describeRoute(api: Api): void {
  api.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  let document: object | undefined;
  endpoint(
    api,
    {
      method: 'get',
      path: '/openapi.json',
      summary: 'This description',
      needs: 'nothing',
      responses: json('OpenAPI 3.1.', z.looseObject({ openapi: z.string() })),
    },
    [],
    (ask) => {
      document ??= api.getOpenAPI31Document({
        openapi: '3.1.0',
        info: { title: 'Gossamer admin API', version: '1', description: 'Documents in, snapshots out.' },
      });
      return ask.json(document);
    },
  );
}

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Writes down who was not allowed to change something. That this fails must not turn a refusal into anything else. */
async function auditRefusal(ask: Ask, { code, message }: StoreRefusal, { audit, ports }: ApiParts): Promise<void> {
  const actor = ask.get('actor');
  if (code !== 'forbidden' || actor === undefined || READING.has(ask.req.method)) return;
  const path = new URL(ask.req.url).pathname.slice(0, LONGEST_PATH);
  const entry = { actor, action: 'refused', subject: `${ask.req.method} ${path}`, detail: { why: message } };
  await audit.record(entry).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : 'unknown';
    ports.log('error', 'a refused change is not in the audit log', { actor, subject: entry.subject, why });
  });
}

function refusalOf(error: Error, log: StorePorts['log']): StoreRefusal {
  if (error instanceof StoreRefusal) {
    if (error.status >= 500)
      log('warn', 'a request to the admin API was refused', { code: error.code, detail: error.message });
    return error;
  }
  log('error', 'a request to the admin API failed', { error: error.name, message: error.message, stack: error.stack });
  return new StoreRefusal('internal_error', 'The store failed on this request. Its log says why.');
}
