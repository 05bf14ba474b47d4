import { z } from '@hono/zod-openapi';
import type { ApprovalDesk } from '../approval-desk.ts';
import type { KeyRing } from '../key-ring.ts';
import { MEBIBYTE, takes } from './bodies.ts';
import type { Api } from './endpoint.ts';
import { endpoint, heldResponse, json, jsonBody, param } from './endpoint.ts';
import { duration } from './schemas.ts';

const KEY_CLASS = z.enum(['wit', 'jwt', 'hop', 'manifest']);
const STATE = z.enum(['published', 'active', 'retiring', 'removed']);
const moment = z.int().openapi({ description: 'Milliseconds since the epoch.' });

const keyList = z
  .object({
    keys: z
      .array(
        z.object({
          kid: z.string(),
          class: KEY_CLASS,
          state: STATE,
          since: moment,
          next: z.object({ state: STATE, at: moment }).nullable(),
        }),
      )
      .readonly(),
  })
  .openapi('KeyList');

const rotation = z
  .strictObject({
    class: KEY_CLASS,
    activateAfter: z.string().optional().openapi({ description: 'Like `30s`; by itself after 25 minutes.' }),
  })
  .openapi('KeyRotation');

const keyChange = z.object({ kid: z.string(), generation: z.int() }).openapi('KeyChange');

const SMALL = MEBIBYTE / 16;
/** The longest time a key may wait before it signs, milliseconds. */
const LONGEST_WAIT = 60 * 60_000;

interface Parts {
  readonly keyRing: KeyRing;
  readonly desk: ApprovalDesk;
}

/** The keys that the mesh signs with. */
export function keyRoutes(api: Api, { keyRing, desk }: Parts): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/keys',
      summary: 'Signing keys and where they are in their lives',
      needs: 'keys:read',
      responses: json('The keys.', keyList),
    },
    [],
    async (ask) => ask.json({ keys: await keyRing.list() }),
  );
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/keys/rotate',
      summary: 'Let the next key of a class sign',
      needs: 'keys:write',
      description:
        'It is published at once and signs after `activateAfter`, when every running router knows it. The key before it is believed until all that it signed has ended.',
      request: { body: { content: { 'application/json': { schema: rotation } }, required: true } },
      responses: { ...json('The next key.', keyChange), ...heldResponse },
      problems: [400, 413, 415],
    },
    takes('application/json'),
    async (ask) => {
      const { class: cls, activateAfter } = await jsonBody(ask, rotation, SMALL);
      const after = duration(activateAfter, 'activateAfter', LONGEST_WAIT);
      const request = { action: 'rotate-key', activateAfter: after ?? null } as const;
      const held = cls === 'manifest' ? await desk.holdKeyChange(ask.get('caller'), request) : undefined;
      if (held) return ask.json({ pending: held.id, expiresAt: held.expiresAt }, 202);
      return ask.json(await keyRing.rotate(cls, after, ask.get('actor')));
    },
  );
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/keys/{kid}/revoke',
      summary: 'Take a signing key out of use, at once',
      needs: 'keys:write',
      description: 'Everything that it signed is void from then on: whoever holds a token of it has to get a new one.',
      request: { params: z.object({ kid: param('kid', 'As in GET /v1/keys.') }) },
      responses: { ...json('The key that signs now.', keyChange), ...heldResponse },
      problems: [404],
    },
    [],
    async (ask) => {
      const kid = ask.req.param('kid') ?? '';
      const isManifest = (await keyRing.list()).some((key) => key.kid === kid && key.class === 'manifest');
      const request = { action: 'revoke-key', kid } as const;
      const held = isManifest ? await desk.holdKeyChange(ask.get('caller'), request) : undefined;
      if (held) return ask.json({ pending: held.id, expiresAt: held.expiresAt }, 202);
      return ask.json(await keyRing.revoke(kid, ask.get('actor')));
    },
  );
}
