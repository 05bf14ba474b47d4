import { z } from '@hono/zod-openapi';
import type { ApprovalDesk } from '../approval-desk.ts';
import type { Api } from './endpoint.ts';
import { endpoint, json, param } from './endpoint.ts';
import { approvedAnswer, pendingApproval } from './schemas.ts';

const id = z.object({ id: param('id', 'As in GET /v1/approvals.') });

/** Changes of trust anchors that wait for a second person. */
export function approvalRoutes(api: Api, { desk }: { readonly desk: ApprovalDesk }): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/approvals',
      summary: 'Changes that wait for a second person',
      needs: 'approvals:read',
      responses: json('The changes, oldest first.', z.object({ items: z.array(pendingApproval) })),
    },
    [],
    async (ask) => ask.json({ items: await desk.list() }),
  );
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/approvals/{id}',
      summary: 'Approve a change of somebody else, and carry it out',
      needs: 'approvals:decide',
      description:
        'It is judged anew: when the documents that it changes have changed meanwhile, it is refused and gone.',
      request: { params: id },
      responses: json('Carried out.', approvedAnswer),
      problems: [404, 409, 422],
    },
    [],
    async (ask) => ask.json(await desk.approve(ask.req.param('id') ?? '', ask.get('caller'))),
  );
  endpoint(
    api,
    {
      method: 'delete',
      path: '/v1/approvals/{id}',
      summary: 'Withdraw a change that waits',
      needs: 'approvals:decide',
      description: 'One that the caller asked for; an admin that of anybody.',
      request: { params: id },
      responses: { 204: { description: 'It waits no longer.' } },
      problems: [404],
    },
    [],
    async (ask) => {
      await desk.withdraw(ask.req.param('id') ?? '', ask.get('caller'));
      return new Response(null, { status: 204 });
    },
  );
}
