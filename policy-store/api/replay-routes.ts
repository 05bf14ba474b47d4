import { z } from '@hono/zod-openapi';
import type { Replays } from '../replays.ts';
import { takes } from './bodies.ts';
import { type Api, endpoint, json, jsonBody } from './endpoint.ts';

/** Bytes. */
const SMALL = 2048;

const ask = z.strictObject({
  /** Thumbprint of the key and `jti` of the proof. */
  key: z.string().regex(/^[\x21-\x7e]{1,512}$/),
  /** Milliseconds since the epoch. */
  expiresAt: z.int().min(0),
});

/** What routers share of single-use proofs. */
export function replayRoutes(api: Api, { replays }: { readonly replays: Replays }): void {
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/replay',
      summary: 'Uses up a single-use proof, for all routers',
      needs: 'replay:write',
      request: { body: { content: { 'application/json': { schema: ask } }, required: true } },
      responses: json('Whether this was the first time.', z.object({ first: z.boolean() })),
      problems: [400, 403, 413, 415],
    },
    takes('application/json'),
    async (c) => {
      const { key, expiresAt } = await jsonBody(c, ask, SMALL);
      return c.json({ first: await replays.useOnce(key, expiresAt) });
    },
  );
}
