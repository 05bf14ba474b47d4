import type { z } from '@hono/zod-openapi';
import { PERMISSIONS } from '../access/permissions.ts';
import type { Api } from './endpoint.ts';
import { endpoint, json } from './endpoint.ts';
import { whoami } from './schemas.ts';

/** What a credential is worth. */
export function selfRoutes(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/whoami',
      summary: 'Who asks, and what that allows',
      needs: 'self:read',
      responses: json('The caller.', whoami),
    },
    [],
    (ask) => {
      const { actor, grants } = ask.get('caller');
      const permissions = [...new Set(grants.flatMap(({ role }) => [...PERMISSIONS[role]]))].sort();
      return ask.json({ actor, grants, permissions } satisfies z.infer<typeof whoami>);
    },
  );
}
