import { z } from '@hono/zod-openapi';
import type { DecisionList } from '../../snapshot/decision.ts';
import type { Decisions } from '../decisions/decisions.ts';
import type { StorePorts } from '../ports.ts';
import { StoreRefusal } from '../refusal.ts';
import type { Api } from './endpoint.ts';
import { endpoint, json, param, query } from './endpoint.ts';
import { keptDecision, whole } from './schemas.ts';

interface Parts {
  readonly decisions: Decisions;
  readonly ports: StorePorts;
}

const MOST = 1_000;

/** What was decided about requests that really happened. */
export function decisionRoutes(api: Api, { decisions, ports }: Parts): void {
  const minutes = decisions.age / 60_000;
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/decisions',
      summary: 'Decisions about requests that happened, newest first',
      needs: 'traffic:read',
      description: `Kept in memory for at most ${minutes} minutes: refusals, and a sample of what was let through.`,
      request: {
        query: z.object({
          reason: query('Only refusals with this code.'),
          service: query('`namespace/name`: only calls to this service, or that it served.'),
          source: query('SPIFFE ID: only calls of this caller.'),
          limit: query(`Entries, at most ${MOST} (100).`),
        }),
      },
      responses: json('The decisions.', z.object({ items: z.array(keptDecision) })),
      problems: [400],
    },
    [],
    (ask) => {
      const { reason, service, source, limit } = ask.req.query();
      const filter = { reason, service, source, limit: whole(limit, 'limit', MOST) ?? 100 };
      return ask.json({ items: decisions.list(filter, ports.clock.now()) } satisfies DecisionList);
    },
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/decisions/{id}',
      summary: 'What was decided about one request, and why',
      needs: 'traffic:read',
      request: { params: z.object({ id: param('id', 'The answer said it as Mesh-Decision-Id.') }) },
      responses: json('The decision.', keptDecision),
      problems: [404],
    },
    [],
    (ask) => {
      const found = decisions.find(ask.req.param('id') ?? '', ports.clock.now());
      if (found !== undefined) return ask.json(found);
      throw new StoreRefusal(
        'not_found',
        `This store knows no such decision. Routers push theirs every second or with their next request; they are kept ` +
          `for ${minutes} minutes, in the memory of the store that the router speaks to; of many calls that were let ` +
          'through only some. The access log of the router has every one.',
      );
    },
  );
}
