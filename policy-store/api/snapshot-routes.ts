import { z } from '@hono/zod-openapi';
import type { Distribution, RouterName } from '../distribution.ts';
import { StoreRefusal } from '../refusal.ts';
import type { Api, Ask } from './endpoint.ts';
import { endpoint, json, param, query } from './endpoint.ts';
import { duration } from './schemas.ts';

/** Milliseconds. */
const LONGEST_POLL = 60_000;

/** What routers ask for, and who they are. */
export function snapshotRoutes(api: Api, { distribution }: { distribution: Distribution }): void {
  manifestRoute(api, distribution);
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/snapshot/chunks/{sha256}',
      summary: 'One chunk by its hash',
      needs: 'snapshot:read',
      request: { params: z.object({ sha256: param('sha256', 'Lower-case hexadecimal.') }) },
      responses: json('The chunk, byte for byte as it was hashed.', z.unknown()),
      problems: [404],
    },
    [],
    async (ask) => {
      const hash = ask.req.param('sha256') ?? '';
      if (!/^[0-9a-f]{64}$/.test(hash)) throw new StoreRefusal('not_found', 'A chunk is named by its SHA-256.');
      const text = await distribution.chunk(hash);
      return new Response(text, {
        headers: {
          'content-type': 'application/json',
          'cache-control': 'private, max-age=31536000, immutable',
          etag: `"${hash}"`,
        },
      });
    },
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/snapshot/hop-key',
      summary: 'The private key that routers sign Mesh-Calls with',
      needs: 'hop-key:read',
      responses: json('A private JWK.', z.looseObject({ kty: z.string() })),
      problems: [403],
    },
    [],
    async (ask) => ask.json(await distribution.hopKey()),
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/snapshot/manifest-keys',
      summary: 'Which manifest key was named by which',
      needs: 'snapshot:read',
      description:
        'Compact JWS, the oldest first: each manifest key names the next. A router that meets a manifest of a key that it does not pin follows them from one that it does.',
      responses: json('The endorsements.', z.object({ endorsements: z.array(z.string()) })),
    },
    [],
    async (ask) => ask.json({ endorsements: await distribution.endorsements() }),
  );
}

function manifestRoute(api: Api, distribution: Distribution): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/snapshot/manifest',
      summary: 'The newest manifest; long poll',
      needs: 'snapshot:read',
      description:
        'The generation in If-None-Match is what the router serves: it counts as its acknowledgement. A router names itself in Gossamer-Router-Id, Gossamer-Router-Role (router, gateway) and Gossamer-Router-Runtime.',
      request: {
        query: z.object({ wait: query('`25s`: answer when there is a newer one, at the latest then.') }),
        headers: z.object({
          'if-none-match': query('`"<generation>"` that is held.'),
          'gossamer-router-id': query('Stable for the life of the router.'),
          'gossamer-router-role': query('`router` or `gateway`.'),
          'gossamer-router-runtime': query('`node`, `workerd`, `deno`, `bun`.'),
        }),
      },
      responses: {
        200: { description: 'A compact JWS.', content: { 'application/jose': { schema: z.string() } } },
        304: { description: 'The one that is held is the newest.' },
      },
      problems: [400],
    },
    [],
    async (ask) => {
      const wait = duration(ask.req.query('wait'), 'wait', LONGEST_POLL) ?? 0;
      const held = heldBy(ask.req.header('if-none-match'));
      const router = routerOf(ask);
      if (router) await distribution.acknowledge(router, held);
      const newer = await distribution.newerThan(held, wait, ask.req.raw.signal);
      const headers = { 'cache-control': 'no-cache', etag: `"${newer?.generation ?? held}"` };
      if (!newer) return new Response(null, { status: 304, headers });
      return new Response(newer.jws, { headers: { ...headers, 'content-type': 'application/jose' } });
    },
  );
}

/** 0: nothing, or nothing that we gave. */
function heldBy(header: string | undefined): number {
  const [, generation] = /^(?:W\/)?"(\d{1,15})"$/.exec(header?.trim() ?? '') ?? [];
  return Number(generation ?? 0);
}

/** Undefined: whoever asks does not say to be a router. */
function routerOf(ask: Ask): RouterName | undefined {
  const id = ask.req.header('gossamer-router-id');
  if (id === undefined) return undefined;
  const role = ask.req.header('gossamer-router-role');
  const runtime = ask.req.header('gossamer-router-runtime') ?? 'unknown';
  if (/^[\w.:-]{1,128}$/.test(id) && (role === 'router' || role === 'gateway') && /^[\w.-]{1,32}$/.test(runtime)) {
    return { id, role, runtime };
  }
  throw new StoreRefusal(
    'request_invalid',
    'Gossamer-Router-Id takes up to 128 letters, digits and ._:-, Gossamer-Router-Role is router or gateway.',
  );
}
