import { z } from '@hono/zod-openapi';
import { mayIn } from '../access/permissions.ts';
import type { Enrolment } from '../enrolment.ts';
import { StoreRefusal } from '../refusal.ts';
import { MEBIBYTE, takes } from './bodies.ts';
import type { Api } from './endpoint.ts';
import { endpoint, json, jsonBody } from './endpoint.ts';
import { duration } from './schemas.ts';

const SMALL = MEBIBYTE / 16;
/** The longest life of a join token, milliseconds. */
const LONGEST_TTL = 10 * 60_000;

const joinTokenRequest = z
  .strictObject({
    namespace: z.string().max(253),
    workload: z.string().max(253),
    ttl: z.string().optional().openapi({ description: 'Like `5m`, at most `10m`, which is the default.' }),
  })
  .openapi('JoinTokenRequest');

const moment = z.number().openapi({ description: 'Milliseconds since the epoch.' });
const joinToken = z
  .object({
    joinToken: z.string().openapi({ description: 'Shown this once.' }),
    spiffeId: z.string(),
    expiresAt: moment,
  })
  .openapi('JoinToken');

const identityList = z
  .object({
    identities: z
      .array(
        z.object({
          namespace: z.string(),
          name: z.string(),
          spiffeId: z.string(),
          keys: z
            .array(
              z.object({
                jkt: z.string(),
                from: z.enum(['document', 'join-token']),
                at: moment.nullable(),
                revoked: z.boolean(),
              }),
            )
            .readonly(),
          issuers: z.array(z.string()).readonly(),
          revoked: z.boolean(),
        }),
      )
      .readonly(),
  })
  .openapi('IdentityList');

/** How workloads enrol. */
export function enrolmentRoutes(api: Api, { enrolment }: { readonly enrolment: Enrolment }): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/identities',
      summary: 'Workloads and what proves them',
      needs: 'identities:read',
      responses: json('The identities.', identityList),
    },
    [],
    async (ask) => ask.json({ identities: await enrolment.list() }),
  );
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/join-tokens',
      summary: 'A token that registers one key for a Workload, once',
      needs: 'identities:write',
      request: { body: { content: { 'application/json': { schema: joinTokenRequest } }, required: true } },
      responses: json('The token.', joinToken),
      problems: [400, 404, 409, 413, 415],
    },
    takes('application/json'),
    async (ask) => {
      const { ttl, ...wanted } = await jsonBody(ask, joinTokenRequest, SMALL);
      const life = duration(ttl, 'ttl', LONGEST_TTL) ?? LONGEST_TTL;
      if (life === 0) throw new StoreRefusal('request_invalid', '`ttl` is longer than nothing.');
      if (!mayIn(ask.get('caller'), 'identities:write', wanted.namespace)) {
        throw new StoreRefusal('forbidden', `This needs identities:write in the namespace ${wanted.namespace}.`);
      }
      return ask.json(await enrolment.joinToken(wanted, life, ask.get('caller')));
    },
  );
}
