import { z } from '@hono/zod-openapi';
import type { AuditTrail } from '../audit-trail.ts';
import type { Documents } from '../documents.ts';
import { StoreRefusal } from '../refusal.ts';
import type { Api } from './endpoint.ts';
import { endpoint, json, param, query } from './endpoint.ts';
import { revisionDetail, revisionEntry, whole } from './schemas.ts';
import { shown } from './shown-documents.ts';

const MOST = 500;

interface Parts {
  readonly documents: Documents;
  readonly audit: AuditTrail;
}

/** What changed, when, by whom. */
export function historyRoutes(api: Api, { documents, audit }: Parts): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/revisions',
      summary: 'History, newest first',
      needs: 'documents:read',
      request: {
        query: z.object({
          limit: query(`Entries, at most ${MOST} (100).`),
          before: query('Only revisions before this one.'),
        }),
      },
      responses: json('The revisions.', z.object({ items: z.array(revisionEntry) })),
      problems: [400],
    },
    [],
    async (ask) => {
      const { limit, before } = ask.req.query();
      const items = await documents.revisions(whole(limit, 'limit', MOST) ?? 100, whole(before, 'before'));
      return ask.json({ items });
    },
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/revisions/{revision}',
      summary: 'One revision with the documents before and after',
      needs: 'documents:read',
      request: { params: z.object({ revision: param('revision', 'Number.') }) },
      responses: json('The revision.', revisionDetail),
      problems: [400, 404],
    },
    [],
    async (ask) => {
      const number = whole(ask.req.param('revision'), 'revision') ?? 0;
      const found = await documents.revision(number);
      if (!found) throw new StoreRefusal('not_found', `There is no revision ${number}. See GET /v1/revisions.`);
      const both = await shown(
        ask,
        audit,
        found.changes.flatMap((change) => [change.before, change.after]),
      );
      const changes = found.changes.map((change, i) => ({
        ...change,
        before: both[2 * i],
        after: both[2 * i + 1],
      }));
      return ask.json({ ...found, changes });
    },
  );
}
