import { z } from '@hono/zod-openapi';
import type { AuditTrail } from '../audit-trail.ts';
import type { Api } from './endpoint.ts';
import { endpoint, json, query } from './endpoint.ts';
import { auditRecord, auditVerdict, whole } from './schemas.ts';

const MOST = 500;

/** Who did what, and proof that it was not rewritten. */
export function auditRoutes(api: Api, { audit }: { readonly audit: AuditTrail }): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/audit',
      summary: 'The audit log, oldest first',
      needs: 'audit:read',
      request: {
        query: z.object({
          after: query('Only entries after the one of this number.'),
          limit: query(`Entries, at most ${MOST} (100).`),
        }),
      },
      responses: json('The entries.', z.object({ items: z.array(auditRecord) })),
      problems: [400],
    },
    [],
    async (ask) => {
      const { after, limit } = ask.req.query();
      const first = after === '0' ? 0 : (whole(after, 'after') ?? 0);
      return ask.json({ items: await audit.list(first, whole(limit, 'limit', MOST) ?? 100) });
    },
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/audit/verify',
      summary: 'Whether every entry of the audit log follows from the one before',
      needs: 'audit:read',
      responses: json('The verdict, and the last entry that is good.', auditVerdict),
    },
    [],
    async (ask) => ask.json(await audit.verify()),
  );
}
