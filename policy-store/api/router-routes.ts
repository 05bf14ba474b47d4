import { z } from '@hono/zod-openapi';
import type { Distribution } from '../distribution.ts';
import type { Api } from './endpoint.ts';
import { endpoint, json, param } from './endpoint.ts';
import { routerList } from './schemas.ts';

/** Which routers there are, and that one is no more. */
export function routerRoutes(api: Api, { distribution }: { distribution: Distribution }): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/routers',
      summary: 'Routers and gateways that asked in the last 30 s',
      needs: 'traffic:read',
      responses: json('The routers.', routerList),
    },
    [],
    async (ask) => {
      const [{ generation }, routers] = await Promise.all([distribution.newest(), distribution.routers()]);
      return ask.json({ routers: routers.map((router) => ({ ...router, synced: router.generation >= generation })) });
    },
  );
  endpoint(
    api,
    {
      method: 'delete',
      path: '/v1/routers/{id}',
      summary: 'A router stops',
      needs: 'routers:leave',
      description:
        'What waits until every running router serves a change (`?wait=`) waits for this one no longer. A router that does not say so is forgotten 30 s after it last asked.',
      request: { params: z.object({ id: param('id', 'As in Gossamer-Router-Id.') }) },
      responses: { 204: { description: 'It is forgotten.' } },
      problems: [404],
    },
    [],
    async (ask) => {
      await distribution.leave(ask.req.param('id') ?? '');
      return new Response(null, { status: 204 });
    },
  );
}
